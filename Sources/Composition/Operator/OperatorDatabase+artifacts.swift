package import Catalog
import Connectors
import Domain
import Fetch
package import FoundationEssentials
import Ingestion
import Policy
import Resilience
import Storage

/// What the commands on artifacts work with, for the length of one of them.
package struct OperatorArtifacts: Sendable {
    package let planner: ArtifactPlanner
    package let doctor: CatalogDoctor
    package let pruner: CatalogPruner
    let boundaries: CatalogBoundaries
    let supply: WebArtifacts
    let ingestion: IngestionService
    let jobs: any JobStore

    /// Takes in what lockfiles name.
    ///
    /// - Parameter isStrict: whether a failed validation lets go of all that was staged.
    package func pull(isStrict: Bool) -> ArtifactPull {
        var policy = ValidationPolicy()
        if isStrict { policy.mode = .strict }
        return ArtifactPull(boundaries: boundaries, supply: supply, policy: policy)
    }

    /// Queues the job that makes an artifact searchable.
    ///
    /// - Parameter moment: when a job was queued since then, none is queued now; nil queues one in any case.
    /// - Returns: the identifier of the job; nil when none was queued.
    package func ingest(_ artifact: LockedArtifact, unlessSince moment: Date?) async throws -> String? {
        let request = IngestionRequest(
            webURL: artifact.url, library: artifact.library, version: artifact.version, kind: artifact.kind,
            correlationID: UUID().uuidString.lowercased())
        if let moment, try await jobs.hasJob(for: try ingestion.submission(request, access: .all), since: moment) { return nil }
        return try await ingestion.submit(request, access: .all).job.id.description
    }
}

extension OperatorDatabase {
    /// Runs `body` with what commands on artifacts work with.
    ///
    /// - Parameter allowedHosts: the only hosts that may be asked, also as `*.example.org`; empty for all that the gates let pass.
    package func withArtifacts<Result>(
        allowedHosts: [String] = [], _ body: (OperatorArtifacts) async throws -> Result
    ) async throws -> Result {
        var environment = environment
        if let stack {
            // As `up` tells its roles.
            environment["PORTOLAN_WORK_DIR"] = environment["PORTOLAN_WORK_DIR"] ?? stack.work
            environment["PORTOLAN_ALLOWED_NETWORKS"] = environment["PORTOLAN_ALLOWED_NETWORKS"] ?? "127.0.0.0/8"
        }
        let settings = try Settings(SettingsSource(environment: environment), gates: gates)
        var fetching = HTTPFetcher.Configuration()
        fetching.userAgent = "Portolan/\(Product.version)"
        let fetcher = try HTTPFetcher(fetching)
        defer { fetcher.close() }
        var policy = URLPolicy()
        policy.allowedNetworks = settings.allowedNetworks
        policy.allowedHosts = allowedHosts.map { $0.lowercased() }
        let work = WorkFolder(settings.workDirectory)
        let supply = WebArtifacts(fetcher: fetcher, policy: policy, gates: gates, work: work)
        let catalog = PostgresCatalogStore(client, gates: gates)
        let boundaries = CatalogBoundaries(
            catalog: catalog, objects: storage.store(fetcher: fetcher, gates: gates, dependencies: Dependencies()))
        let sources = SourceRegistry([
            ArchiveConnector(fetcher: fetcher, policy: policy, gates: gates, spool: nil, intake: boundaries, work: work),
            OntologyConnector(fetcher: fetcher, policy: policy, gates: gates, intake: boundaries),
        ])
        let jobs = PostgresJobStore(client)
        return try await body(
            OperatorArtifacts(
                planner: ArtifactPlanner(supply: supply, catalog: catalog), doctor: CatalogDoctor(boundaries),
                pruner: CatalogPruner(boundaries), boundaries: boundaries, supply: supply,
                ingestion: IngestionService(jobs: jobs, sources: sources, maxPages: settings.crawlMaxPages), jobs: jobs))
    }
}
