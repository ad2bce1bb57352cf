import FoundationEssentials

/// A YAML file of settings: one mapping from keys to scalars, or to lists of scalars, which count as comma-separated.
///
/// Aliases and deeper nesting are refused.
struct SettingsFile {
    /// Values by key.
    let values: [String: String]

    /// - Throws: ``SettingsError`` that names the file and what is wrong with it.
    init(path: String) throws(SettingsError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError(["PORTOLAN_CONFIG: the file \(path) cannot be read"])
        }
        guard data.count <= 1 << 20 else { throw SettingsError(["PORTOLAN_CONFIG: the file \(path) is larger than 1 MiB"]) }
        do {
            values = try Self.parse(Array(data))
        } catch {
            throw SettingsError(["PORTOLAN_CONFIG: \(path): \(error.reason)"])
        }
    }

    static func parse(_ bytes: [UInt8]) throws(YAMLNode.Malformed) -> [String: String] {
        let entries: [(key: String, value: YAMLNode)]
        switch try YAMLNode(bytes) {
        case nil: return [:]
        // An empty file is one empty scalar.
        case .scalar(let text, _) where text.isEmpty: return [:]
        case .scalar(_, let line): throw YAMLNode.Malformed(line, "the file must be a mapping")
        case .list(_, let line): throw YAMLNode.Malformed(line, "a list needs a key")
        case .mapping(let found, _): entries = found
        }
        var values: [String: String] = [:]
        for (key, value) in entries { values[key] = try text(value) }
        return values
    }

    /// A scalar, or a list of scalars, which count as comma-separated.
    private static func text(_ node: YAMLNode) throws(YAMLNode.Malformed) -> String {
        switch node {
        case .scalar(let text, _): return text
        case .mapping(_, let line): throw YAMLNode.Malformed(line, "settings are not nested")
        case .list(let items, _):
            var texts: [String] = []
            for item in items {
                guard case .scalar(let text, _) = item else { throw YAMLNode.Malformed(item.line, "settings are not nested") }
                texts.append(text)
            }
            return texts.joined(separator: ",")
        }
    }
}

/// Settings that are wrong: one line for each mistake.
package struct SettingsError: Error, Sendable, CustomStringConvertible {
    package let lines: [String]

    package init(_ lines: [String]) { self.lines = lines }

    package var description: String { lines.joined(separator: "\n") }
}
