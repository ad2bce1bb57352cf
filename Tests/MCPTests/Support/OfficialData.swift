import FoundationEssentials
import MCP
import Primitives
import Testing

/// The official schemas and example messages, where a copy lies beside the checkout.
enum OfficialData {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/data/mcp")

    private static let schemas = ["2025-11-25", "2026-07-28"].reduce(into: [:]) { $0[$1] = load($1) }

    /// The schema of a revision; nil when there is no copy.
    static func schema(_ revision: String) -> SchemaValidator? { schemas[revision] }

    private static func load(_ revision: String) -> SchemaValidator? {
        guard let data = try? Data(contentsOf: folder.appending(path: "\(revision)/schema.json")),
            let value = try? JSONValue(parsing: [UInt8](data), limits: JSONLimits(size: .mebibytes(4)))
        else { return nil }
        return SchemaValidator(root: value)
    }

    /// All example messages: the definition that they belong to, the name, the text.
    static let examples: [Example] = {
        let root = folder.appending(path: "2026-07-28/examples").path()
        let definitions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return definitions.sorted().flatMap { definition -> [Example] in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(definition)")) ?? []
            return names.sorted().compactMap { name in
                FileManager.default.contents(atPath: "\(root)/\(definition)/\(name)").map {
                    Example(definition: definition, name: name, bytes: [UInt8]($0))
                }
            }
        }
    }()

    struct Example: Sendable, CustomTestStringConvertible {
        let definition: String
        let name: String
        let bytes: [UInt8]
        var testDescription: String { "\(definition)/\(name)" }
    }
}
