/// How a call ended, from the point of view of the dependency's health.
package enum CircuitOutcome: Sendable, Hashable {
    /// The dependency works.
    case success
    /// The dependency is ill; `retryAfter` is how long it asks to be left alone.
    case failure(retryAfter: Duration?)
    /// Says nothing about its health: the caller's mistake, or a cancellation.
    case neutral

    /// A failure without advice.
    package static var failure: CircuitOutcome { .failure(retryAfter: nil) }

    /// The outcome of an HTTP status: 500, 502, 503, 504 are failures, and 429 with a `Retry-After`; 2xx and 3xx are successes; the rest is neutral.
    package init(httpStatus: Int, retryAfter: Duration? = nil) {
        switch httpStatus {
        case 200..<400: self = .success
        case 500, 502, 503, 504: self = .failure(retryAfter: retryAfter)
        case 429 where retryAfter != nil: self = .failure(retryAfter: retryAfter)
        default: self = .neutral
        }
    }
}

/// An error that knows what it says about the health of the dependency.
package protocol DependencyFailure: Error {
    /// Neutral where the request itself was at fault.
    var outcome: CircuitOutcome { get }
}
