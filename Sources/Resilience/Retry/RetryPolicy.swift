package import Primitives

/// When to try again.
package struct RetryPolicy: Sendable {
    /// What to do after a failed attempt.
    package enum Decision: Sendable, Hashable {
        case retry(after: Duration)
        case giveUp
    }

    /// Attempts in all; at least 1.
    package var attempts: Int
    /// Delays, with full jitter.
    package var backoff: Backoff
    /// The longest `Retry-After` that is waited for; a longer one ends the attempts.
    package var retryAfterCap: Duration

    /// A policy; the defaults are 3 attempts, delays up to 2 s, 4 s and so on to 60 s.
    package init(attempts: Int = 3, backoff: Backoff = Backoff(), retryAfterCap: Duration = .seconds(900)) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.retryAfterCap = retryAfterCap
    }

    /// Decides after attempt number `attempt`, counted from 1, has failed.
    /// - Parameters:
    ///   - remaining: time left to the caller, nil for no deadline. A delay that would use it up is not begun.
    ///   - retryAfter: what the dependency asked for; it replaces the back-off.
    package func decision(
        afterAttempt attempt: Int, remaining: Duration?, retryAfter: Duration? = nil, using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard attempt < attempts else { return .giveUp }
        if let retryAfter, retryAfter > retryAfterCap { return .giveUp }
        let delay = retryAfter.map { max($0, .zero) } ?? backoff.delay(afterAttempt: attempt, using: &generator)
        if let remaining, delay >= remaining { return .giveUp }
        return .retry(after: delay)
    }

    /// Runs `body` until it succeeds, its error is permanent, or attempts, time or budget are used up; then throws the last error.
    /// - Parameters:
    ///   - now: the clock that `deadline` is compared with.
    ///   - sleep: waits; its cancellation ends the attempts with `CancellationError`.
    ///   - advice: nil for a permanent error; else whether the dependency asked for a time.
    ///   - body: gets the number of the attempt, from 1.
    package func run<Result>(
        deadline: Deadline? = nil, budget: RetryBudget? = nil,
        now: () -> ContinuousClock.Instant = { .now },
        sleep: (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        advice: (any Error) -> RetryAdvice, _ body: (Int) async throws -> Result
    ) async throws -> Result {
        var generator = SystemRandomNumberGenerator()
        var attempt = 1
        while true {
            do {
                let result = try await body(attempt)
                budget?.earn()
                return result
            } catch {
                guard !(error is CancellationError), !Task.isCancelled, case .retry(let retryAfter) = advice(error) else { throw error }
                let remaining = deadline.map { now().duration(to: $0.instant) }
                let next = decision(afterAttempt: attempt, remaining: remaining, retryAfter: retryAfter, using: &generator)
                guard case .retry(let delay) = next, budget?.spend() ?? true else { throw error }
                try await sleep(delay)
                attempt += 1
            }
        }
    }
}

/// Whether an error is worth another attempt.
package enum RetryAdvice: Sendable, Hashable {
    /// Another attempt fails the same way.
    case permanent
    /// Another attempt may succeed; `after` is the time that the dependency asked for.
    case retry(after: Duration?)
}
