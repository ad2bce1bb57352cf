import FoundationEssentials
import Ontologies
import Testing

/// Counts of the real files against those that other programs took of them.
struct CountTests {
    private static let expected: [String: [String: Int]] = {
        guard let bytes = OntologyData.bytes("expected-counts.json") else { return [:] }
        struct Count: Decodable {
            var values: [String: Int] = [:]
            struct Key: CodingKey {
                var stringValue: String
                var intValue: Int? { nil }
                init?(intValue: Int) { nil }
                init?(stringValue: String) { self.stringValue = stringValue }
            }
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                for key in container.allKeys { values[key.stringValue] = try? container.decode(Int.self, forKey: key) }
            }
        }
        return (try? JSONDecoder().decode([String: Count].self, from: Data(bytes)))?.mapValues(\.values) ?? [:]
    }()

    static let flat = expected.filter { $0.value["terms"] != nil }.map(\.key).sorted()
    static let graphs = expected.filter { $0.value["triples"] != nil }.map(\.key).sorted()

    @Test(arguments: flat)
    func `An OBO file has the counts of plain text`(name: String) async throws {
        let bytes = try #require(OntologyData.bytes(name))
        let ontology = try await OntologyData.parse(bytes, name)
        let all = ontology.terms
        let terms = all.filter { $0.kind == .concept }
        let counts = [
            "terms": terms.count, "typedefs": all.count { $0.kind == .property }, "obsolete_terms": terms.count { $0.isObsolete },
            "is_a_lines": terms.reduce(0) { $0 + $1.parents.count }, "relationship_lines": terms.reduce(0) { $0 + $1.relations.count },
            "synonyms": terms.reduce(0) { $0 + $1.synonyms.count }, "definitions": terms.count { !$0.definition.isEmpty },
            "xrefs": terms.reduce(0) { $0 + $1.crossReferences.count }, "replaced_by": terms.reduce(0) { $0 + $1.replacedBy.count },
            "alt_ids": terms.reduce(0) { $0 + $1.alternativeIDs.count },
        ]
        for (key, count) in counts { #expect(count == Self.expected[name]?[key], "\(name): \(key)") }
        #expect(ontology.problemCount == 0, "\(ontology.problems.prefix(5))")
    }

    @Test(arguments: graphs)
    func `An OWL or Turtle file has the counts of rdflib`(name: String) async throws {
        let bytes = try #require(OntologyData.bytes(name))
        let ontology = try await OntologyData.parse(bytes, name)
        let classes = ontology.terms.filter { $0.kind == .concept }
        let counts = [
            "triples": ontology.statements, "named_classes": classes.count, "deprecated_classes": classes.count { $0.isObsolete },
            "object_properties": ontology.terms.count { $0.declarations.contains(.objectProperty) },
            "annotation_properties": ontology.terms.count { $0.declarations.contains(.annotationProperty) },
            "rdf_properties": ontology.terms.count { $0.declarations.contains(.plainProperty) },
            "named_subclass_edges": classes.reduce(0) { $0 + $1.parents.count },
            "restriction_subclass_edges": classes.reduce(0) { $0 + $1.relations.count },
            "labelled_classes": classes.count { !$0.label.isEmpty },
            "exact_synonyms": ontology.terms.reduce(0) { $0 + $1.synonyms.count { $0.scope == .exact } },
        ]
        for (key, count) in counts { #expect(count == Self.expected[name]?[key], "\(name): \(key)") }
    }
}
