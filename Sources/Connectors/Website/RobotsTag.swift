import Fetch

/// What the `X-Robots-Tag` fields of an answer ask: the rules of the `robots` meta element for files that have none.
struct RobotsTag: Hashable {
    private(set) var forbidsIndex = false
    private(set) var forbidsFollowing = false

    /// Reads all fields that are for everyone or for `agent`; rules for other crawlers do not count.
    init(_ headers: FetchHeaders, agent: String) {
        for value in headers.values("X-Robots-Tag") {
            var rules = value[...]
            // `name: rules`; a rule may hold a colon itself.
            if let colon = value.utf8.firstIndex(of: 0x3A), !value[..<colon].utf8.contains(0x2C) {
                let name = Self.word(value[..<colon])
                if !Self.rulesWithValue.contains(name) {
                    guard name == agent.lowercased() else { continue }
                    rules = value[value.utf8.index(after: colon)...]
                }
            }
            for rule in rules.split(separator: ",") {
                switch Self.word(rule) {
                case "noindex": forbidsIndex = true
                case "nofollow": forbidsFollowing = true
                case "none": (forbidsIndex, forbidsFollowing) = (true, true)
                default: break
                }
            }
        }
    }

    private static let rulesWithValue: Set<String> = ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"]

    private static func word(_ text: Substring) -> String { text.filter { !$0.isWhitespace }.lowercased() }
}
