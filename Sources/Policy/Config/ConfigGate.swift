package import Primitives

/// Decides whether a process may start with its settings. The first gate of every process.
package struct ConfigGate: Gate {
    /// What was found in the settings.
    package struct Input: Sendable {
        /// One line for each required setting that is missing.
        package var missing: [String]
        /// One line for each value that is malformed or out of range, or for a key that does not exist.
        package var invalid: [String]
        /// The secrets that are set, by the key that a line names.
        package var secrets: [String: Redacted<String>]
        /// Whether others than this machine can reach the process.
        package var isPublic: Bool

        package init(missing: [String] = [], invalid: [String] = [], secrets: [String: Redacted<String>] = [:], isPublic: Bool = false) {
            self.missing = missing
            self.invalid = invalid
            self.secrets = secrets
            self.isPublic = isPublic
        }
    }

    package let name = GateName.config
    package let field = "settings"

    package init() {}

    /// Accepts settings without mistakes. The message of a rejection has one line for each mistake, in order.
    package func decide(_ input: Input) -> GateResult<Void> {
        var invalid = input.invalid
        for (key, secret) in input.secrets {
            if let weakness = Self.weakness(of: secret.reveal()), input.isPublic {
                invalid.append("\(key): \(weakness); make one of your own")
            }
        }
        let lines = (input.missing + invalid).sorted()
        if lines.isEmpty { return .accepted(()) }
        return .rejected(
            Rejection(
                input.missing.isEmpty ? .configInvalid : .configMissing, lines.joined(separator: "\n"), field: field,
                hint: "Correct the settings and start again; `portolan config validate` checks them."))
    }

    /// What is wrong with `secret` once strangers may try it; `nil` when nothing is.
    private static func weakness(of secret: String) -> String? {
        let plain = secret.lowercased().filter { $0.isLetter || $0.isNumber }
        if isMadeOfDefaults(plain) { return "is a default secret" }
        if Set(secret).count < 3 { return "has fewer than three different characters" }
        if examples.contains(plain) { return "is the secret of an example" }
        return nil
    }

    /// Whether `text` is nothing but default words and what people hang on to them, such as `changemechangeme`, `portolantoken` and `password1`.
    private static func isMadeOfDefaults(_ text: String) -> Bool {
        let text = Array(text.utf8.prefix(longestExample + 1))
        guard !text.isEmpty, text.count <= longestExample else { return false }
        // At each place how it can be reached: not at all, by hangers-on only, or with a default word.
        var reached: [(plain: Bool, withDefault: Bool)] = Array(repeating: (false, false), count: text.count + 1)
        reached[0].plain = true
        for place in text.indices where reached[place].plain || reached[place].withDefault {
            for (words, isDefault) in [(defaults, true), (hangersOn, false)] {
                for word in words where text[place...].starts(with: word.utf8) {
                    let end = place + word.utf8.count
                    if isDefault || reached[place].withDefault { reached[end].withDefault = true } else { reached[end].plain = true }
                }
            }
        }
        return reached[text.count].withDefault
    }

    /// Longer texts are nobody's example.
    private static let longestExample = 256

    private static let hangersOn: Set<String> = Set((0...9).map(String.init)).union([
        "a", "as", "before", "here", "in", "it", "key", "me", "my", "new", "now", "please", "production", "the", "this", "too", "use",
        "with", "your",
    ])

    private static let defaults: Set<String> = [
        "admin", "adminadmin", "changeme", "changemenow", "changethis", "default", "example", "letmein", "pass", "password", "passwd",
        "portolan", "postgres", "qwerty", "redis", "root", "secret", "secretsecret", "test", "token", "user", "yoursecret", "yourtoken",
        "mysecrettoken", "supersecret", "insecure", "replaceme", "todo",
    ]
    private static let examples: Set<String> = [
        "0123456789abcdef", "0123456789abcdef0123456789abcdef", "1234567890123456", "12345678", "123456", "abcdefghijklmnop",
        "abcdefghijklmnopqrstuvwxyz",
    ]
}
