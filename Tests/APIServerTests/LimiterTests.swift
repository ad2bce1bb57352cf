import Domain
import Primitives
import TestSupport
import Testing

@testable import APIServer

@Suite struct `The local rate limiter` {
    private static func quota(_ limit: RateLimit, _ concurrency: Int? = nil) -> Quota { Quota(rate: limit, concurrency: concurrency) }

    @Test func `Counts each subject by itself, and refills`() async {
        let clock = Locked(ContinuousClock.now)
        let limiter = LocalRateLimiter(now: { clock.withLock { $0 } })
        let limit = RateLimit.perMinute(60)
        #expect(limit.burst == 6 && limit.perMinute == 60)
        for left in (0..<6).reversed() {
            let admission = await limiter.admit(subject: "a", quota: Self.quota(limit))
            #expect(admission.refusal == nil && admission.remaining == left && admission.free == nil && admission.place == nil)
        }
        let refused = await limiter.admit(subject: "a", quota: Self.quota(limit))
        #expect(refused.refusal == .rate && refused.retryAfter > .zero && refused.retryAfter <= .seconds(1))
        #expect(await limiter.admit(subject: "b", quota: Self.quota(limit)).refusal == nil)
        clock.withLock { $0 = $0.advanced(by: .seconds(1)) }
        #expect(await limiter.admit(subject: "a", quota: Self.quota(limit)).refusal == nil)
    }

    @Test func `Lets so many be worked on at a time, and a place that is never given back is free again`() async {
        let clock = Locked(ContinuousClock.now)
        let limiter = LocalRateLimiter(now: { clock.withLock { $0 } })
        let quota = Self.quota(RateLimit(perSecond: 1, burst: 10), 2)
        let (first, second) = (await limiter.admit(subject: "a", quota: quota), await limiter.admit(subject: "a", quota: quota))
        #expect([first.free, second.free] == [1, 0] && first.place != second.place)
        let third = await limiter.admit(subject: "a", quota: quota)
        // What is refused for want of a place costs no request.
        #expect(third.refusal == .concurrency && third.free == 0 && third.place == nil && third.remaining == 8)
        #expect(await limiter.admit(subject: "b", quota: quota).free == 1)
        if let place = first.place { await limiter.release(place) }
        let fourth = await limiter.admit(subject: "a", quota: quota)
        #expect(fourth.refusal == nil && fourth.remaining == 7)
        clock.withLock { $0 = $0.advanced(by: Place.lifetime) }
        #expect(await limiter.admit(subject: "a", quota: quota).free == 1)
    }

    @Test func `Keeps no more buckets than it may`() async {
        let limiter = LocalRateLimiter(capacity: 2)
        let quota = Self.quota(RateLimit(perSecond: 0.001, burst: 1))
        for subject in ["a", "b", "c", "d"] { #expect(await limiter.admit(subject: subject, quota: quota).refusal == nil) }
        #expect(await limiter.admit(subject: "d", quota: quota).refusal == .rate)
    }

    @Test(arguments: [(Principal.Role.reader, 50, 5, 5), (.power, 200, 20, 20), (.admin, 500, 50, 50)])
    func `Roles have their quotas`(role: Principal.Role, perMinute: Int, burst: Int, concurrency: Int) {
        let quota = RateLimitPolicy.roles.quota(for: Principal(subject: "s", role: role, scopes: [], access: .publicOnly))
        #expect(quota?.rate.perMinute == perMinute && quota?.rate.burst == burst && quota?.concurrency == concurrency)
        #expect(RateLimitPolicy.off.quota(for: .anyone) == nil)
        #expect(RateLimitPolicy.perSecond(5).quota(for: .anyone) == Self.quota(RateLimit(perSecond: 5, burst: 5)))
    }
}
