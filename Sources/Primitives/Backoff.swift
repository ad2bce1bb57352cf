/// Exponential back-off with full jitter: each delay is uniform between zero and the exponential cap.
///
/// Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
public struct Backoff: Sendable, Hashable {
    /// Cap of the first delay.
    public let base: Duration
    /// Cap of every delay.
    public let limit: Duration

    /// - Parameters:
    ///   - base: cap of the first delay; positive.
    ///   - limit: cap of every delay; at least `base`.
    public init(base: Duration = .seconds(2), limit: Duration = .seconds(60)) {
        self.base = base
        self.limit = max(base, limit)
    }

    /// The longest that the delay before attempt `attempt + 1` can be; `attempt` counts from 1.
    public func cap(afterAttempt attempt: Int) -> Duration {
        let doublings = min(max(attempt, 1) - 1, 30)
        return min(limit, base * (1 << doublings))
    }

    /// A delay drawn for the wait after attempt number `attempt`, which counts from 1.
    public func delay(afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        .seconds(cap(afterAttempt: attempt).seconds * Double.random(in: 0...1, using: &generator))
    }

    /// As above with the system's generator.
    public func delay(afterAttempt attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(afterAttempt: attempt, using: &generator)
    }
}
