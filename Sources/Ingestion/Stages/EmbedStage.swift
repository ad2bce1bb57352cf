import Domain
import Logging
import Primitives
import Resilience

/// The third stage: vectors for texts that have none, a batch to a transaction, so that a restart computes only what is missing.
struct EmbedStage {
    let store: any IngestionStore
    let embedder: any Embedder
    let lease: JobLease
    /// Texts that are embedded and stored together.
    let batchSize: Int
    /// Attempts at a batch, the first included.
    let attempts: Int
    let backoff: Backoff
    let logger: Logger

    /// - Parameters:
    ///   - texts: by checksum.
    ///   - progress: hears of the counts after each batch, with the share that is done, 0 to 1.
    func run(
        _ texts: [[UInt8]: String], counts: JobCounts, progress: (JobCounts, Double) async throws -> Void
    ) async throws -> JobCounts {
        let profile = embedder.profile
        let missing = try await store.checksumsWithoutVector(Array(texts.keys), profile: profile)
        var counts = counts
        // What an earlier attempt of this job stored is no reuse.
        counts.chunksReused = max(texts.count - missing.count - counts.chunksEmbedded, 0)
        // In stable order, so that two runs make the same batches; long texts together keep the batches even.
        let order = missing.sorted { left, right in
            let (leftText, rightText) = (texts[left] ?? "", texts[right] ?? "")
            return (leftText.utf8.count, leftText) < (rightText.utf8.count, rightText)
        }
        for (number, batch) in order.chunked(batchSize).enumerated() {
            try Task.checkCancellation()
            let vectors = try await embed(batch.map { texts[$0] ?? "" })
            guard vectors.count == batch.count, vectors.allSatisfy({ $0.count == profile.dimension }) else {
                throw Fault(
                    .model, code: "E_EMBEDDING_DIMENSION",
                    "The embedder returned \(vectors.first?.count ?? 0) numbers where its profile says \(profile.dimension).",
                    limit: "\(profile.dimension)", hint: "Check that the configured model is the one that the server runs.")
            }
            try await store.saveVectors(lease, profile: profile, Array(zip(batch, vectors)).map { (checksum: $0.0, vector: $0.1) })
            counts.chunksEmbedded += batch.count
            try await progress(counts, Double((number + 1) * batchSize) / Double(max(order.count, 1)))
        }
        return counts
    }

    private func embed(_ texts: [String]) async throws -> [[Float]] {
        var attempt = 1
        while true {
            do {
                return try await embedder.embed(texts, purpose: .passage)
            } catch let fault as Fault where fault.isTransient && attempt < attempts {
                logger.warning("embedding will be retried", metadata: ["attempt": "\(attempt)", "reason": "\(fault)"])
                try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
                attempt += 1
            }
        }
    }
}
