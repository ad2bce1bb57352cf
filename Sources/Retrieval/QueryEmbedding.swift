package import Domain
package import Resilience

/// The query's vector, or the reason why there is none: the embedder is behind a breaker and a time limit, and search goes on without it.
///
/// In this order: what was computed for the same text within five minutes, the embedder, what was computed within an hour, no vector. An embedder
/// whose model is replaced under its old name is heard within five minutes.
package struct QueryEmbedding: Sendable {
    let embedder: (any Embedder)?
    let breaker: CircuitBreaker
    let timeout: Duration
    let recent: RecentVectors?
    let onRecall: @Sendable () -> Void
    let isOn: @Sendable () -> Bool

    /// How old a vector may be that spares the question to the embedder.
    private static let freshness: Duration = .seconds(300)

    /// - Parameters:
    ///   - embedder: nil when none is configured.
    ///   - breaker: opens when the embedder fails.
    ///   - timeout: how long a query waits for its vector.
    ///   - recent: what was computed lately; nil asks for each question.
    ///   - onRecall: hears of each question whose vector was there already.
    ///   - isOn: whether vectors are wanted for the current caller.
    package init(
        embedder: (any Embedder)?, breaker: CircuitBreaker, timeout: Duration = .seconds(5), recent: RecentVectors? = nil,
        onRecall: @escaping @Sendable () -> Void = {}, isOn: @escaping @Sendable () -> Bool = { true }
    ) {
        (self.recent, self.onRecall) = (recent, onRecall)
        self.isOn = isOn
        self.embedder = embedder
        self.breaker = breaker
        self.timeout = timeout
    }

    /// A query's vector with its profile.
    package struct Result: Sendable {
        package let vector: [Float]?
        package let profile: EmbeddingProfile?
        /// Why there is no vector; empty when there is one.
        package let reasons: [String]
    }

    /// Never throws: a missing vector is a reason, not an error.
    package func vector(for text: String) async -> Result {
        guard let embedder else { return Result(vector: nil, profile: nil, reasons: ["embedder_not_configured"]) }
        guard isOn() else { return Result(vector: nil, profile: nil, reasons: ["vectors_switched_off"]) }
        let asked = AskedVector(text: text, profile: embedder.profile)
        let known = recent?.recall(asked)
        if let known, known.age <= Self.freshness { return recalled(known.value, embedder) }
        do {
            let vectors = try await breaker.call { try await embed(text, embedder) }
            guard let vector = vectors.first, vector.count == embedder.profile.dimension else {
                return Result(vector: nil, profile: nil, reasons: ["embedder_wrong_dimension"])
            }
            recent?.keep(vector, for: asked, bytes: vector.count * 4 + text.utf8.count + 256)
            return Result(vector: vector, profile: embedder.profile, reasons: [])
        } catch {
            if let known, !Task.isCancelled { return recalled(known.value, embedder) }
            return Result(vector: nil, profile: nil, reasons: ["embedder_unavailable"])
        }
    }

    private func recalled(_ vector: [Float], _ embedder: any Embedder) -> Result {
        onRecall()
        return Result(vector: vector, profile: embedder.profile, reasons: [])
    }

    private func embed(_ text: String, _ embedder: any Embedder) async throws -> [[Float]] {
        try await withThrowingTaskGroup(of: [[Float]].self) { group in
            group.addTask { try await embedder.embed([text], purpose: .query) }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw Fault(.timeout, code: "E_TIMEOUT", "The embedder did not answer in time.", isTransient: true)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}
