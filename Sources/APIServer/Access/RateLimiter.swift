import Domain

/// Counts requests by subject.
package protocol RateLimiter: Sendable {
    /// Takes one request from the bucket of `subject`.
    ///
    /// Never throws: an implementation whose store is away decides on its own figures.
    func take(subject: String, limit: RateLimit) async -> RateDecision
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

/// The answer of a limiter.
package struct RateDecision: Sendable, Hashable {
    /// Whether the request may go on.
    package let isAllowed: Bool
    /// Requests that may follow at once.
    package let remaining: Int
    /// Until the whole burst is there again.
    package let reset: Duration
    /// When a refused request may come again; zero when allowed.
    package let retryAfter: Duration

    /// - Parameters: see the properties.
    package init(isAllowed: Bool, remaining: Int, reset: Duration, retryAfter: Duration = .zero) {
        (self.isAllowed, self.remaining, self.reset, self.retryAfter) = (isAllowed, remaining, reset, retryAfter)
    }
}

/// Which limit holds for whom.
package enum RateLimitPolicy: Sendable, Hashable {
    /// By role: READER 50, POWER 200, ADMIN 500 requests a minute, a tenth of it at once.
    case roles
    /// None.
    case off
    /// The same number of requests a second for all.
    case perSecond(Double)

    /// The limit for `principal`; nil for none.
    package func limit(for principal: Principal) -> RateLimit? {
        switch self {
        case .off: nil
        case .perSecond(let rate): RateLimit(perSecond: rate, burst: Int(rate.rounded(.up)))
        case .roles:
            switch principal.role {
            case .reader: .perMinute(50)
            case .power: .perMinute(200)
            case .admin: .perMinute(500)
            }
        }
    }
}
