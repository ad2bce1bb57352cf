import Domain

/// The part of a `robots.txt` that concerns one crawler (RFC 9309).
struct RobotsRules: Sendable, Hashable {
    /// Rules beyond these bytes are ignored.
    static let maximumBytes = 500 << 10

    /// Nothing is forbidden: what a missing file means.
    static let none = RobotsRules()

    private struct Rule: Sendable, Hashable {
        let allows: Bool
        let pattern: [UInt8]
    }

    private var rules: [Rule] = []
    private var wildcards = 0
    /// Pause between requests that the site asks for.
    private(set) var crawlDelay: Duration?
    /// Addresses of sitemaps as written, for whichever crawler, at most ``maximumSitemaps``.
    private(set) var sitemaps: [String] = []

    /// Sitemaps beyond these are ignored.
    static let maximumSitemaps = 16
    /// Rules beyond these are ignored.
    static let maximumRules = 10_000
    /// Rules with wildcards beyond these are ignored: every one costs its length times that of the address, for each address.
    static let maximumWildcards = 500
    /// Longest pattern with wildcards that is kept; a longer one is ignored.
    static let longestWildcard = 512

    private init() {}

    /// Reads `body` for the crawler named `agent`: the groups that name it, or else those for `*`.
    init(_ body: [UInt8], agent: String) {
        var own = RobotsRules()
        var general = RobotsRules()
        var hasOwn = false
        var isOwn = false
        var isGeneral = false
        var isNamingAgents = false
        var sitemaps: [String] = []
        let text = String(decoding: body.prefix(Self.maximumBytes), as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            guard let (key, value) = Self.field(line) else { continue }
            if key == "sitemap" {
                // Belongs to no group.
                if !value.isEmpty, sitemaps.count < Self.maximumSitemaps { sitemaps.append(String(value)) }
            } else if key == "user-agent" {
                if !isNamingAgents { (isOwn, isGeneral) = (false, false) }
                isNamingAgents = true
                if value == "*" { isGeneral = true }
                if Self.token(value) == agent.lowercased() { (isOwn, hasOwn) = (true, true) }
            } else {
                isNamingAgents = false
                if isOwn { own.add(key, value) }
                if isGeneral { general.add(key, value) }
            }
        }
        self = hasOwn ? own : general
        self.sitemaps = sitemaps
    }

    /// Whether `url` may be asked for: the longest matching rule decides, and allowing wins a tie.
    func allows(_ url: SiteURL) -> Bool {
        guard !rules.isEmpty else { return true }
        let target = Array((url.path + (url.query.map { "?\($0)" } ?? "")).utf8)
        let best = rules.filter { Self.matches(target, $0.pattern) }.max {
            ($0.pattern.count, $0.allows ? 1 : 0) < ($1.pattern.count, $1.allows ? 1 : 0)
        }
        return best?.allows ?? true
    }

    private mutating func add(_ key: String, _ value: Substring) {
        switch key {
        case "allow", "disallow":
            guard !value.isEmpty, rules.count < Self.maximumRules else { return }
            let pattern = Array(Self.normalized(value).utf8)
            // A star at the end says nothing.
            if pattern.dropLast().contains(0x2A) {
                guard wildcards < Self.maximumWildcards, pattern.count <= Self.longestWildcard else { return }
                wildcards += 1
            }
            rules.append(Rule(allows: key == "allow", pattern: pattern))
        case "crawl-delay":
            if let seconds = Double(value), seconds > 0, seconds.isFinite { crawlDelay = .seconds(min(seconds, 3600)) }
        default: break
        }
    }

    private static func field(_ line: Substring) -> (key: String, value: Substring)? {
        let line = line.firstIndex(of: "#").map { line[..<$0] } ?? line
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (trimmed(line[..<colon]).lowercased(), trimmed(line[line.index(after: colon)...]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true || text.first == "\u{FEFF}" { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func token(_ value: Substring) -> String {
        value.prefix { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "_") }.lowercased()
    }

    /// The pattern in the encoding of ``SiteURL/path``, which it is compared with; `*` and `$` stay as they are.
    private static func normalized(_ value: Substring) -> String {
        SiteURL.normalizedPattern(value)
    }

    /// Greedy matching with one point of return: `*` for anything, `$` at the end for the end.
    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        let isAnchored = pattern.last == 0x24
        let pattern = isAnchored ? pattern.dropLast() : pattern[...]
        var position = 0
        var index = 0
        var star: (index: Int, position: Int)?
        while true {
            if index == pattern.count, !isAnchored || position == text.count { return true }
            if index < pattern.count, pattern[index] == 0x2A {
                star = (index, position)
                index += 1
            } else if index < pattern.count, position < text.count, pattern[index] == text[position] {
                index += 1
                position += 1
            } else if let back = star, back.position < text.count {
                star = (back.index, back.position + 1)
                index = back.index + 1
                position = back.position + 1
            } else {
                return false
            }
        }
    }
}
