import FoundationEssentials
import Primitives
import Resilience

/// Counts in this process: the limiter of a single replica, and what a replica falls back on while the shared store is away.
package final class LocalRateLimiter: RateLimiter {
    private struct Key: Hashable {
        let subject: String
        let limit: RateLimit
    }

    private struct State {
        var buckets: [Key: TokenBucket] = [:]
        /// By subject, and by request the time at which a place is free again.
        var places: [String: [String: ContinuousClock.Instant]] = [:]
    }

    private let state = Locked(State())
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - capacity: buckets kept; when there are more, full ones are dropped first.
    ///   - now: the clock.
    package init(capacity: Int = 10_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.capacity = max(1, capacity)
        self.now = now
    }

    package func admit(subject: String, quota: Quota) async -> Admission {
        let (now, limit) = (now(), quota.rate)
        let key = Key(subject: subject, limit: limit)
        return state.withLock { state in
            let used = Self.used(of: subject, in: &state, at: now)
            var bucket = state.buckets[key] ?? TokenBucket(capacity: limit.burst, perSecond: limit.perSecond, at: now)
            if let concurrency = quota.concurrency, used >= concurrency {
                // Only looked at: what is refused for want of a place costs no request.
                var copy = bucket
                let remaining = if case .allowed(let left) = copy.take(at: now) { left + 1 } else { 0 }
                return Admission(
                    refusal: .concurrency, remaining: remaining, reset: bucket.timeToFull(at: now), retryAfter: .seconds(1), free: 0)
            }
            let decision = bucket.take(at: now)
            if state.buckets[key] == nil, state.buckets.count >= capacity { Self.makeRoom(in: &state.buckets, at: now) }
            state.buckets[key] = bucket
            let reset = bucket.timeToFull(at: now)
            guard case .allowed(let remaining) = decision else {
                let wait = if case .refused(let retryAfter) = decision { retryAfter } else { Duration.zero }
                return Admission(refusal: .rate, remaining: 0, reset: reset, retryAfter: wait, free: quota.concurrency.map { $0 - used })
            }
            guard let concurrency = quota.concurrency else { return Admission(refusal: nil, remaining: remaining, reset: reset) }
            let place = Place(subject: subject, id: UUID().uuidString, isLocal: true)
            state.places[subject, default: [:]][place.id] = now + Place.lifetime
            return Admission(refusal: nil, remaining: remaining, reset: reset, free: concurrency - used - 1, place: place)
        }
    }

    package func release(_ place: Place) async {
        state.withLock { state in
            state.places[place.subject]?[place.id] = nil
            if state.places[place.subject]?.isEmpty ?? false { state.places[place.subject] = nil }
        }
    }

    private static func used(of subject: String, in state: inout State, at now: ContinuousClock.Instant) -> Int {
        guard let places = state.places[subject]?.filter({ $0.value > now }) else { return 0 }
        state.places[subject] = places.isEmpty ? nil : places
        return places.count
    }

    /// A full bucket is as good as none; where all are in use, any one goes, which at worst grants its subject one more burst.
    private static func makeRoom(in buckets: inout [Key: TokenBucket], at now: ContinuousClock.Instant) {
        let before = buckets.count
        buckets = buckets.filter { $0.value.timeToFull(at: now) > .zero }
        if buckets.count == before, let any = buckets.keys.first { buckets[any] = nil }
    }
}
