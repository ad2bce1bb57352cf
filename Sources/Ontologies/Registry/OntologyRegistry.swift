import FoundationEssentials

/// The registry of the OBO Foundry, as its `ontologies.jsonld` lists it.
package struct OntologyRegistry: Sendable {
    /// One ontology of the registry.
    package struct Entry: Sendable, Decodable {
        package let id: String
        package let title: String?
        /// `active`, `inactive` or `orphaned`.
        let activity_status: String?
        let is_obsolete: Bool?
        let ontology_purl: String?
        let products: [Product]?
        let license: License?

        struct Product: Sendable, Decodable {
            let id: String
            let ontology_purl: String?
        }

        struct License: Sendable, Decodable { let label: String? }

        /// Name of the licence; nil when the registry names none.
        package var licenseName: String? { license?.label }

        /// Where the ontology lies: its OBO file, which is the smallest, or its OWL, or its OBO graph.
        package var address: String? {
            for ending in [".obo", ".owl", ".ttl", ".json"] {
                if let product = products?.first(where: { $0.id == id + ending }), let purl = product.ontology_purl { return purl }
            }
            return ontology_purl ?? products?.compactMap(\.ontology_purl).first
        }
    }

    package let entries: [Entry]

    /// Reads the registry.
    /// - Throws: ``OntologyError`` of code `registry`.
    package init(_ bytes: [UInt8]) throws(OntologyError) {
        struct Document: Decodable { let ontologies: [Entry] }
        do {
            entries = try JSONDecoder().decode(Document.self, from: Data(bytes)).ontologies
        } catch {
            throw OntologyError(.registry, "The file is not the registry's ontologies.jsonld.")
        }
    }

    /// The ontology `id`, in any case.
    /// - Throws: ``OntologyError`` when there is none, or none with a file.
    package func entry(_ id: String) throws(OntologyError) -> Entry {
        guard let entry = entries.first(where: { $0.id.lowercased() == id.lowercased() }) else {
            throw OntologyError(.registry, "The registry has no ontology \(id.prefix(100)).", limit: "\(entries.count) ontologies")
        }
        guard entry.address != nil else {
            let status = entry.activity_status.map { ", which is \($0)" } ?? ""
            throw OntologyError(.registry, "The registry has no file of the ontology \(entry.id)\(status).")
        }
        return entry
    }
}
