/// Takes out of rejection details what nobody else may see.
enum Scrubbing {
    /// Longest value kept, in characters.
    static let maximumLength = 200

    /// `details` without secrets, with paths cut to their last name.
    static func details(_ details: [String: String]) -> [String: String] {
        var output: [String: String] = [:]
        for (key, value) in details where !isSecret(key: key) {
            output[key] = text(["path", "source", "destination"].contains(key) ? lastName(of: value) : value)
        }
        return output
    }

    private static func lastName(of path: String) -> String {
        path.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
    }

    /// Whether a key names a secret; such entries are dropped.
    private static func isSecret(key: String) -> Bool {
        let key = key.lowercased()
        return ["secret", "token", "password", "passwd", "authorization", "cookie", "credential", "apikey", "api_key"].contains {
            key.contains($0)
        }
    }

    /// `text` without user information, query and fragment when it is an address, and cut to ``maximumLength``.
    static func text(_ text: String) -> String {
        var output = text
        if let slashes = range(of: "://", in: output) {
            let rest = output[slashes.upperBound...]
            let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
            if let at = rest[..<end].lastIndex(of: "@") {
                output = output[..<slashes.upperBound] + "…@" + output[output.index(after: at)...]
            }
        } else if let at = output.lastIndex(of: "@") {
            output = "…" + output[at...]
        }
        if let mark = output.firstIndex(where: { $0 == "?" || $0 == "#" }) { output = output[..<mark] + "?…" }
        let visible = output.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }
        return String(String(String.UnicodeScalarView(visible)).prefix(maximumLength))
    }

    private static func range(of needle: String, in text: String) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(needle) { return index..<text.index(index, offsetBy: needle.count) }
            index = text.index(after: index)
        }
        return nil
    }
}
