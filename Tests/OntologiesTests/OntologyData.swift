import FoundationEssentials
import Ontologies
import TestSupport

/// The ontologies of the test data, where they are.
enum OntologyData {
    static let folder = TestData.directory.map { "\($0)/ontologies" }

    static func bytes(_ name: String) -> [UInt8]? {
        folder.flatMap { FileManager.default.contents(atPath: "\($0)/\(name)") }.map { Array($0) }
    }

    static func parse(_ bytes: [UInt8], _ name: String, limits: OntologyLimits = OntologyLimits()) async throws -> Ontology {
        try await OntologyParser.parse(bytes, address: "http://example.org/\(name)", limits: limits)
    }

    static func parse(_ text: String, _ name: String, limits: OntologyLimits = OntologyLimits()) async throws -> Ontology {
        try await parse(Array(text.utf8), name, limits: limits)
    }
}
