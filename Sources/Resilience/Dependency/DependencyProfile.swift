/// How calls to one kind of dependency are bounded.
package struct DependencyProfile: Sendable, Hashable {
    /// The kind: a word of lower-case letters, such as `github`. Also the label in metrics.
    package let kind: String
    /// When its circuit opens, and for how long.
    package var breaker: BreakerConfiguration
    /// Calls of one process that may run at a time, at least 1.
    package var concurrency: Int
    /// Calls of one process that may wait for their turn; the next one is refused.
    package var waiting: Int
    /// Whether all processes share the circuit; false for what each process has for itself, such as its way to Redis.
    package var isShared: Bool

    /// A profile with these values.
    /// - Parameters:
    ///   - failures: in a row, until the circuit opens.
    ///   - recovery: how long it stays open.
    ///   - successes: how many close it again.
    package init(
        _ kind: String, failures: Int = 5, recovery: Duration = .seconds(60), successes: Int = 3, concurrency: Int, waiting: Int,
        isShared: Bool = true
    ) {
        (self.kind, self.concurrency, self.waiting, self.isShared) = (kind, concurrency, waiting, isShared)
        breaker = BreakerConfiguration()
        breaker.consecutiveFailures = failures
        breaker.recovery = recovery
        breaker.halfOpenSuccesses = successes
    }

    /// The dependencies of the product.
    package static let all: [DependencyProfile] = [
        DependencyProfile("github", concurrency: 32, waiting: 1000),
        DependencyProfile("notion", concurrency: 16, waiting: 1000),
        DependencyProfile("confluence", concurrency: 16, waiting: 1000),
        // Questions are answered by words meanwhile, so it is tried again early.
        DependencyProfile("embedder", recovery: .seconds(30), concurrency: 64, waiting: 2000),
        // Five attempts of one request are one failure of a bucket that is away: more of them, or two requests open it.
        DependencyProfile("storage", failures: 8, recovery: .seconds(30), concurrency: 64, waiting: 2000),
        DependencyProfile("notifications", failures: 3, successes: 1, concurrency: 2, waiting: 100),
        DependencyProfile("alerts", failures: 3, successes: 1, concurrency: 2, waiting: 100),
        DependencyProfile("traces", failures: 3, recovery: .seconds(30), successes: 1, concurrency: 2, waiting: 10, isShared: false),
        // What is behind it has an answer without it, and asking costs little.
        DependencyProfile("redis", recovery: .seconds(5), successes: 1, concurrency: 1000, waiting: 10_000, isShared: false),
    ]
}
