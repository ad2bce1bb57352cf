import Domain
import Models
import Telemetry

/// An embedder whose calls are counted and timed.
struct MeasuredEmbedder: Embedder {
    let embedder: any Embedder
    let metrics: MetricCatalog

    var profile: EmbeddingProfile { embedder.profile }

    func tokenCount(_ text: String) -> Int { embedder.tokenCount(text) }

    func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] {
        let label = purpose == .query ? "query" : "document"
        let start = ContinuousClock.now
        do {
            let vectors = try await embedder.embed(texts, purpose: purpose)
            metrics.embedder.texts.increment(label, by: texts.count)
            metrics.embedder.duration.observe(start.duration(to: .now), label)
            return vectors
        } catch {
            if !(error is CancellationError) { metrics.embedder.failures.increment(label) }
            throw error
        }
    }
}
