import Connectors
import Domain
import Fetch
import Ingestion
import JobQueue
import Policy
import Postgres
import Storage

extension Laboratory {
    /// Runs a job of the product's pipeline, from submission to COMPLETED, in this process.
    ///
    /// - Parameters:
    ///   - rootURL: the start page.
    ///   - library: what the documentation is filed under.
    ///   - isEmbedding: whether vectors are computed too.
    ///   - source: makes the source; nil for the product's crawler with loopback allowed.
    /// - Returns: the job as it ended.
    /// - Throws: what the pipeline throws.
    func ingest(
        _ rootURL: String, library: String, isEmbedding: Bool = true,
        source: IngestionPipeline.SourceMaker? = nil
    ) async throws -> Job {
        let jobs = PostgresJobStore(client)
        let settings = try IngestionSettings(
            rootURL: rootURL, depth: IngestionSettings.depthRange.upperBound, maxPages: IngestionSettings.maxPagesRange.upperBound)
        let job = try await jobs.submit(
            JobSubmission(library: library, version: "latest", settings: settings, correlationID: "evaluation"), access: .all
        ).job
        // What the publisher does when a slot is free.
        try await client.query("update portolan.job set released_at = now() where id = \(job.id.uuid)")
        let leases = LeaseStore(client, settings: JobQueueSettings())
        guard let lease = try await leases.lease([job.id], holder: "evaluation").first?.lease else {
            throw Failure("The job of \(library) could not be leased.")
        }
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let pipeline = IngestionPipeline(
            store: PostgresIngestionStore(client, gates: gates), makeSource: source ?? Self.website(fetcher, gates),
            embedder: isEmbedding ? embedder : nil)
        try await pipeline.run(lease, logger: logger)
        guard let ended = try await jobs.job(job.id, access: .all), ended.status == .completed else {
            throw Failure("The job of \(library) did not complete.")
        }
        return ended
    }

    private static func website(_ fetcher: HTTPFetcher, _ gates: GateRegistry) -> IngestionPipeline.SourceMaker {
        var policy = URLPolicy()
        policy.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap(\.self)
        let rules = policy
        return { WebsiteSource(fetcher: fetcher, policy: rules, gates: gates, extractLinks: $1) }
    }
}

/// Why a measurement cannot be made, in one line.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
