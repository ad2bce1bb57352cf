import Domain
import Models
import Resilience
import Telemetry

/// An embedder whose calls are counted and timed. Documents go through the circuit here, questions where they wait for their vector.
struct MeasuredEmbedder: Embedder {
    let embedder: any Embedder
    let metrics: MetricCatalog
    let dependency: Dependency

    var profile: EmbeddingProfile { embedder.profile }

    func tokenCount(_ text: String) -> Int { embedder.tokenCount(text) }

    func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] {
        let label = purpose == .query ? "query" : "document"
        let start = ContinuousClock.now
        do {
            let vectors =
                try await purpose == .query
                ? embedder.embed(texts, purpose: purpose) : dependency.call { try await embedder.embed(texts, purpose: purpose) }
            if vectors.contains(where: { $0.count != profile.dimension }) { metrics.embedder.wrongDimension.increment(label) }
            metrics.embedder.texts.increment(label, by: texts.count)
            metrics.embedder.duration.observe(start.duration(to: .now), label, trace: LogContext.current.trace)
            return vectors
        } catch let error as ResilienceError {
            metrics.embedder.failures.increment(label)
            throw Fault(
                error.code == .circuitOpen ? .circuitOpen : .serviceUnavailable, code: "E_CIRCUIT_OPEN",
                "The embedder has failed again and again and is left alone for a while.", hint: "It is tried again by itself.",
                isTransient: true, retryAfter: error.retryAfter)
        } catch {
            if !(error is CancellationError) { metrics.embedder.failures.increment(label) }
            if (error as? Fault)?.code == "E_EMBEDDING_DIMENSION" { metrics.embedder.wrongDimension.increment(label) }
            throw error
        }
    }
}
