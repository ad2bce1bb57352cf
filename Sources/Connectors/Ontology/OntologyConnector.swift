package import Domain
package import Fetch
package import Policy
package import Primitives

/// Ontologies as sources: one file at an address, or one ontology of the OBO Foundry's registry.
package struct OntologyConnector: SourceConnector {
    private let source: OntologySource
    private let gates: GateRegistry
    private let policy: URLPolicy

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: counts the decisions.
    ///   - largestFile: of an ontology, in the form in which it is sent.
    ///   - intake: keeps the files that are read; nil where none are kept.
    package init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, largestFile: ByteCount = .mebibytes(128),
        intake: (any ArtifactIntake)? = nil
    ) {
        (self.gates, self.policy) = (gates, policy)
        source = OntologySource(fetcher: fetcher, policy: policy, gates: gates, largestFile: largestFile, intake: intake)
    }

    package var kind: SourceKind { .ontology }

    /// Every term is a page, and ontologies have many: the cap of websites would leave most out.
    package var maximumPages: Int? { IngestionSettings.maxPagesRange.upperBound }

    package var options: [String: String] {
        ["ontology": "identifier of one ontology when the URL is that of the OBO Foundry's registry (ontologies.jsonld), such as symp"]
    }

    /// An ontology of a registry gets an address below the registry's own, so that each is a documentation of its own.
    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let url = try gates.checked(location, policy: policy)
        guard let id = options["ontology"] else {
            let name = url.trimmedPath.split(separator: "/").last.map { $0.prefix { $0 != "." } } ?? ""
            return SourceAddress(rootURL: url.description, library: name.isEmpty ? url.host.text : String(name.prefix(200)))
        }
        guard (1...50).contains(id.utf8.count), id.utf8.allSatisfy({ Self.isPlain($0) }) else {
            throw .invalid(
                field: "options.ontology", "The identifier of the ontology is malformed.", limit: "1 to 50 letters, digits, - and _",
                hint: "Use an id of the registry, such as symp.")
        }
        let name = id.lowercased()
        let root = url.trimmedPath.hasSuffix("/" + name) ? url.withoutQuery : url.with(path: url.trimmedPath + "/" + name)
        return SourceAddress(rootURL: root.description, library: name)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The validators of the file.
    package func cursor(_ settings: IngestionSettings) async throws -> String? {
        try await source.choosing(settings.options["ontology"]).cursor(settings.rootURL)
    }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        source.choosing(settings.options["ontology"])
    }
}

extension SourceKind {
    /// An ontology whose terms are the pages.
    package static let ontology = SourceKind(rawValue: "ontology") ?? .website
}
