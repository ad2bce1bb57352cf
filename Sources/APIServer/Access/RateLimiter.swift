import Domain

/// Counts requests by subject.
package protocol RateLimiter: Sendable {
    /// Lets a request of `subject` in when its quota has room: takes one from its bucket, and one of its places for as long as it lasts. A request
    /// that is refused takes nothing.
    ///
    /// Never throws: an implementation whose store is away decides on its own figures.
    func admit(subject: String, quota: Quota) async -> Admission

    /// Gives back the place of a request that has ended. One that is never given back is free again after ``Place/lifetime``.
    func release(_ place: Place) async
}

/// A rate with a burst.
package struct RateLimit: Sendable, Hashable {
    /// Requests a second in the long run; positive.
    package let perSecond: Double
    /// Requests that may come at once; at least 1.
    package let burst: Int

    /// - Parameters: see the properties.
    package init(perSecond: Double, burst: Int) { (self.perSecond, self.burst) = (max(perSecond, 1e-6), max(burst, 1)) }

    /// `count` requests a minute, a tenth of them at once.
    package static func perMinute(_ count: Int) -> RateLimit { RateLimit(perSecond: Double(count) / 60, burst: count / 10) }

    /// Requests a minute, rounded: what clients are told.
    package var perMinute: Int { Int((perSecond * 60).rounded()) }
}

/// How much a subject may ask for.
package struct Quota: Sendable, Hashable {
    /// How often.
    package let rate: RateLimit
    /// Requests that may be worked on at a time, over all replicas; nil for any number.
    package let concurrency: Int?

    /// - Parameters: see the properties.
    package init(rate: RateLimit, concurrency: Int?) { (self.rate, self.concurrency) = (rate, concurrency) }
}

/// A place among the requests of a subject that are worked on.
package struct Place: Sendable, Hashable {
    /// After which a place is free again, whatever became of its request: more than any request takes.
    package static let lifetime = Duration.seconds(120)

    package let subject: String
    /// Names the request.
    package let id: String
    /// Whether this process counts it by itself.
    package let isLocal: Bool

    /// - Parameters: see the properties.
    package init(subject: String, id: String, isLocal: Bool) { (self.subject, self.id, self.isLocal) = (subject, id, isLocal) }
}

/// The answer of a limiter.
package struct Admission: Sendable, Hashable {
    /// What a refused request would have had too much of.
    package enum Refusal: Sendable, Hashable {
        /// Requests in a time.
        case rate
        /// Requests at a time.
        case concurrency
    }

    /// Nil when the request may go on.
    package let refusal: Refusal?
    /// Requests that may follow at once.
    package let remaining: Int
    /// Until the whole burst is there again.
    package let reset: Duration
    /// When a refused request may come again; zero when admitted.
    package let retryAfter: Duration
    /// Places that are left; nil without such a limit.
    package let free: Int?
    /// To be given back at the request's end; nil when it was refused, or without such a limit.
    package let place: Place?

    /// - Parameters: see the properties.
    package init(
        refusal: Refusal?, remaining: Int, reset: Duration, retryAfter: Duration = .zero, free: Int? = nil, place: Place? = nil
    ) {
        (self.refusal, self.remaining, self.reset, self.retryAfter) = (refusal, remaining, reset, retryAfter)
        (self.free, self.place) = (free, place)
    }
}

/// Which limit holds for whom.
package enum RateLimitPolicy: Sendable, Hashable {
    /// By role: READER 50, POWER 200, ADMIN 500 requests a minute, a tenth of it at once, and 5, 20, 50 requests that are worked on at a time.
    case roles
    /// None.
    case off
    /// The same number of requests a second for all.
    case perSecond(Double)

    /// The quota of `principal`; nil for none.
    package func quota(for principal: Principal) -> Quota? {
        switch self {
        case .off: nil
        case .perSecond(let rate): Quota(rate: RateLimit(perSecond: rate, burst: Int(rate.rounded(.up))), concurrency: nil)
        case .roles:
            switch principal.role {
            case .reader: Quota(rate: .perMinute(50), concurrency: 5)
            case .power: Quota(rate: .perMinute(200), concurrency: 20)
            case .admin: Quota(rate: .perMinute(500), concurrency: 50)
            }
        }
    }

    /// The quota of an address from which nobody asks by name: routes that are open to all, and tokens that are not taken.
    var strangers: Quota? { self == .off ? nil : Quota(rate: RateLimit(perSecond: 50, burst: 200), concurrency: nil) }
}
