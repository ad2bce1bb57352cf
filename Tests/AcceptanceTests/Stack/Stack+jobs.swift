import APIClient
import APIModel
import FoundationEssentials
import Postgres
import TestSupport

/// Jobs, through the API.
extension Stack {
    /// Starts an ingestion.
    func start(
        _ address: String, library: String, version: String = "latest", depth: Int = 5, include: [String] = []
    ) async throws -> String {
        let request = StartIngestionRequest(
            webURL: address, crawlDepth: depth, includePatterns: include, library: library, version: version)
        return try await api.startIngestion(request, idempotencyKey: nil).jobID
    }

    /// Suspends until the job has ended, in whatever way. The API may be away in between.
    func ended(_ job: String, within limit: Duration = .seconds(240)) async throws -> JobDetail {
        try await eventually(within: limit) { await (try? api.job(job))?.status.isFinal ?? false }
        return try await api.job(job)
    }

    /// Ingests to the end, which has to be COMPLETED.
    func ingest(
        _ address: String, library: String, version: String = "latest", depth: Int = 5, include: [String] = []
    ) async throws -> JobDetail {
        let job = try await ended(start(address, library: library, version: version, depth: depth, include: include))
        guard job.status == .completed else { throw Unexpected("the job of \(library) is \(job.status): \(String(describing: job.error))") }
        return job
    }

    /// Suspends until the job is in state `status`, read from the database because states can be short.
    /// - Throws: ``Unexpected`` when it has gone past it.
    func reaches(_ status: String, _ job: String, chunks: Int = 0) async throws {
        let order = ["PENDING", "CRAWLING", "PARSING", "EMBEDDING", "INDEXING", "COMPLETED", "FAILED", "STOPPED"]
        try await eventually(within: .seconds(180)) {
            let row = try await database.query("select status, chunks_embedded from portolan.job where id::text = \(job)").single()
            let now = try row.decode("status", as: String.self)
            guard let here = order.firstIndex(of: now), let there = order.firstIndex(of: status), here <= there else {
                throw Unexpected("the job is \(now) already")
            }
            return try now == status && row.decode("chunks_embedded", as: Int32.self) >= chunks
        }
    }
}
