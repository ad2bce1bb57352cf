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
        if defaults.contains(where: { plain == $0 || plain == $0 + $0 }) { return "is a default secret" }
        if Set(secret).count < 3 { return "has fewer than three different characters" }
        if examples.contains(plain) { return "is the secret of an example" }
        return nil
    }

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
