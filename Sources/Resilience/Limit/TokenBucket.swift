import Primitives

/// A token bucket as a value: a rate with a burst. Time is passed in and must not go back.
package struct TokenBucket: Sendable, Hashable {
    /// The answer to a request for tokens.
    package enum Decision: Sendable, Hashable {
        /// Granted; whole tokens that are left.
        case allowed(remaining: Int)
        /// Refused; when enough tokens will be there.
        case refused(retryAfter: Duration)
    }

    /// Tokens that the full bucket holds.
    package let capacity: Double
    /// Tokens that come each second.
    package let perSecond: Double
    private var tokens: Double
    private var updated: ContinuousClock.Instant

    /// A full bucket.
    /// - Parameters:
    ///   - capacity: the burst; at least 1.
    ///   - perSecond: positive.
    package init(capacity: Int, perSecond: Double, at now: ContinuousClock.Instant) {
        self.capacity = Double(max(1, capacity))
        self.perSecond = max(perSecond, 1e-9)
        tokens = self.capacity
        updated = now
    }

    /// Takes `count` tokens, at least 1, or none. More than the capacity is never granted and is told the longest wait.
    package mutating func take(_ count: Int = 1, at now: ContinuousClock.Instant) -> Decision {
        refill(at: now)
        let wanted = Double(max(1, count))
        guard tokens >= wanted else { return .refused(retryAfter: .seconds((wanted - tokens) / perSecond)) }
        tokens -= wanted
        return .allowed(remaining: Int(tokens))
    }

    /// When the bucket will be full again.
    package func timeToFull(at now: ContinuousClock.Instant) -> Duration {
        var copy = self
        copy.refill(at: now)
        return .seconds((capacity - copy.tokens) / perSecond)
    }

    private mutating func refill(at now: ContinuousClock.Instant) {
        guard now > updated else { return }
        tokens = min(capacity, tokens + updated.duration(to: now).seconds * perSecond)
        updated = now
    }
}
