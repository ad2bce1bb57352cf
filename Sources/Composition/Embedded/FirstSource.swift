import APIClient
import APIModel
import APIServer
import Domain
import EmbeddedServices
import Fetch
import FoundationEssentials
import Logging
import Primitives

/// What a fresh stack ingests by itself.
package enum FirstSource: Sendable, Hashable {
    /// A site on the network.
    case site(String)
    /// A folder of HTML on this machine, which the stack serves on loopback for as long as it runs. The port is kept in `portFile`, so
    /// that the addresses stay the same after a restart.
    case folder(path: String, library: String, portFile: String)

    /// Starts the ingestion unless it is there already, and serves the folder until cancelled.
    func ingest(url: String, token: Redacted<String>, logger: Logger) async throws {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let client = PortolanClient(baseURL: url, token: token, fetcher: fetcher)
        switch self {
        case .site(let address):
            try await start(client, StartIngestionRequest(webURL: address), logger: logger)
        case .folder(let path, let library, let portFile):
            let claim = try Self.claim(file: portFile)
            defer { withExtendedLifetime(claim) {} }
            let port = claim.port
            let server = FolderServer(folder: path, port: port, logger: logger)
            try await server.run {
                do {
                    let request = StartIngestionRequest(
                        webURL: "http://127.0.0.1:\(port)/", crawlDepth: 5, library: library, version: "latest")
                    try await start(client, request, logger: logger)
                } catch {
                    logger.error("the first documentation was not ingested", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func start(_ client: PortolanClient, _ request: StartIngestionRequest, logger: Logger) async throws {
        if let found = try await Self.documentation(of: request.webURL, client) {
            logger.info("documentation is there already", metadata: ["library": "\(found.library)", "sections": "\(found.sectionCount)"])
            return
        }
        let job = try await client.startIngestion(request, idempotencyKey: nil)
        logger.info("ingestion started", metadata: ["job_id": "\(job.jobID)", "url": "\(request.webURL)"])
    }

    /// The documentation that was read from `address`, however that is written; nil when there is none with a section.
    private static func documentation(of address: String, _ client: PortolanClient) async throws -> DocumentationSummary? {
        let root = (try? SiteURL(address))?.description ?? address
        var offset = 0
        while true {
            let page = try await client.documentations(limit: Limits.documentationLimit.upperBound, offset: offset)
            if let found = page.items.first(where: { $0.url == root && $0.sectionCount > 0 }) { return found }
            offset += page.items.count
            if page.items.isEmpty || offset >= page.meta.total { return nil }
        }
    }

    /// The port of an earlier run while it is free, else a fresh one, which is remembered.
    private static func claim(file: String) throws -> PortClaim {
        let earlier = FileManager.default.contents(atPath: file).flatMap {
            Int(String(decoding: $0, as: UTF8.self).trimmingWhitespace())
        }
        let claim = try PortClaim.of(earlier)
        if claim.port != earlier { try Data("\(claim.port)\n".utf8).write(to: URL(filePath: file)) }
        return claim
    }
}
