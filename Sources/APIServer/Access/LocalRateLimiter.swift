import Primitives
import Resilience

/// Buckets in this process: the limiter of a single replica, and what a replica falls back on while the shared store is away.
package final class LocalRateLimiter: RateLimiter {
    private struct Key: Hashable {
        let subject: String
        let limit: RateLimit
    }

    private let buckets = Locked<[Key: TokenBucket]>([:])
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - capacity: buckets kept; when there are more, full ones are dropped first.
    ///   - now: the clock.
    package init(capacity: Int = 10_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.capacity = max(1, capacity)
        self.now = now
    }

    package func take(subject: String, limit: RateLimit) async -> RateDecision {
        let now = now()
        let key = Key(subject: subject, limit: limit)
        return buckets.withLock { buckets in
            var bucket = buckets[key] ?? TokenBucket(capacity: limit.burst, perSecond: limit.perSecond, at: now)
            let decision = bucket.take(at: now)
            if buckets[key] == nil, buckets.count >= capacity { Self.makeRoom(in: &buckets, at: now) }
            buckets[key] = bucket
            let reset = bucket.timeToFull(at: now)
            return switch decision {
            case .allowed(let remaining): RateDecision(isAllowed: true, remaining: remaining, reset: reset)
            case .refused(let retryAfter): RateDecision(isAllowed: false, remaining: 0, reset: reset, retryAfter: retryAfter)
            }
        }
    }

    /// A full bucket is as good as none; where all are in use, any one goes, which at worst grants its subject one more burst.
    private static func makeRoom(in buckets: inout [Key: TokenBucket], at now: ContinuousClock.Instant) {
        let before = buckets.count
        buckets = buckets.filter { $0.value.timeToFull(at: now) > .zero }
        if buckets.count == before, let any = buckets.keys.first { buckets[any] = nil }
    }
}
