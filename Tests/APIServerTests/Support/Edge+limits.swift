import Domain
import Primitives

@testable import APIServer

extension Edge.Options {
    /// The limits of the roles, on a clock that stands: no token comes back while a test runs, however long that takes.
    static var limitedByRole: Edge.Options {
        var options = Edge.Options()
        let moment = ContinuousClock.now
        (options.rateLimits, options.strangers) = (.roles, LocalRateLimiter(now: { moment }))
        return options
    }
}
