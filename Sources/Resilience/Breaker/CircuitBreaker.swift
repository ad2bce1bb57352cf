/// Guards the calls to one dependency: refuses them at once while it is known to be ill.
package struct CircuitBreaker: Sendable {
    /// The dependency's name, for errors and metrics.
    package let name: String
    private let store: any BreakerStore
    private let now: @Sendable () -> ContinuousClock.Instant
    private let random: @Sendable () -> Double
    private let classify: @Sendable (any Error) -> CircuitOutcome

    /// - Parameters:
    ///   - store: the state; shared by all breakers of the dependency.
    ///   - now: the clock.
    ///   - random: from 0 to 1, for the jitter.
    ///   - classify: what an error says about the dependency: by default what a ``DependencyFailure`` says itself, else a failure. Neutral without asking are `CancellationError`, any error in a cancelled task, and
    ///     ``ResilienceError``: when the dependency behind this one is away, this one is not ill for it.
    package init(
        name: String, store: any BreakerStore, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        classify: @escaping @Sendable (any Error) -> CircuitOutcome = { ($0 as? any DependencyFailure)?.outcome ?? .failure }
    ) {
        self.name = name
        self.store = store
        self.now = now
        self.random = random
        self.classify = classify
    }

    /// A breaker whose state stays in this process.
    package init(name: String, configuration: BreakerConfiguration = BreakerConfiguration()) {
        self.init(name: name, store: LocalBreakerStore(configuration: configuration))
    }

    /// Makes the call if the circuit lets it pass, and records how it ended. No lock is held meanwhile.
    /// - Parameter outcome: what a returned value says, such as a response with status 503.
    /// - Throws: `ResilienceError` with code `.circuitOpen` and `retryAfter`, or what `body` throws.
    package func call<Result>(
        outcome: (Result) -> CircuitOutcome = { _ in .success }, _ body: () async throws -> Result
    ) async throws -> Result {
        switch await store.admit(at: now()) {
        case .refused(let retryAfter):
            throw ResilienceError(.circuitOpen, "The circuit to \(name) is open", retryAfter: retryAfter)
        case .allowed(let permit):
            do {
                let result = try await body()
                await store.record(outcome(result), for: permit, at: now(), random: random())
                return result
            } catch {
                let isNeutral = error is CancellationError || error is ResilienceError || Task.isCancelled
                let verdict = isNeutral ? CircuitOutcome.neutral : classify(error)
                await store.record(verdict, for: permit, at: now(), random: random())
                throw error
            }
        }
    }

    /// The state of this moment.
    package func snapshot() async -> BreakerSnapshot { await store.snapshot(at: now()) }
}
