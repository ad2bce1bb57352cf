import Connectors
import Domain
import Fetch
import FoundationEssentials
import Ingestion
import Policy
import TestSupport

/// An ontology of the test data, served on loopback and read with the product's connector.
struct OntologyFile: Sendable {
    let path: String

    /// Serves the file while `body` runs, which gets its address and what makes its source.
    func serve<Result>(_ body: (String, @escaping IngestionPipeline.SourceMaker) async throws -> Result) async throws -> Result {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw Failure("There is no \(path).") }
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        var policy = URLPolicy()
        policy.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap(\.self)
        let connector = OntologyConnector(fetcher: fetcher, policy: policy, gates: GateRegistry())
        return try await LoopbackHTTPServer.withServer {
            _ in
            .bytes(Array(bytes))
        } body: { server in
            try await body("\(server.url)/ontology.obo") { try connector.makeSource($0, extractLinks: $1) }
        }
    }
}
