import FoundationEssentials

/// The settings for people: values, origins, meanings; never a secret.
package struct SettingsReport: Sendable {
    private struct Line: Encodable {
        let key: String
        let value: String?
        let origin: String
        let meaning: String
    }

    private let entries: [Line]

    package init(_ source: SettingsSource) {
        entries = source.entries.map { entry in
            let shown = entry.key.isSecret && entry.text != nil ? "<redacted>" : entry.text
            return Line(key: entry.key.variable, value: shown, origin: entry.origin, meaning: entry.key.meaning)
        }
    }

    /// One line for each setting: variable, value, origin.
    package func lines() -> [String] {
        let width = entries.map(\.key.count).max() ?? 0
        return entries.map { entry in
            "\(entry.key)\(String(repeating: " ", count: width - entry.key.count))  \(entry.value ?? "-")  (\(entry.origin))"
        }
    }

    /// An array of objects with `key`, `value`, `origin` and `meaning`.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(entries), as: UTF8.self)
    }
}
