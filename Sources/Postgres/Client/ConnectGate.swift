import Primitives

/// Keeps callers of a server that is away from waiting or storming it: after a failed attempt, new ones fail at once until the back-off is over.
final class ConnectGate: Sendable {
    private struct State {
        var failures = 0
        var closedUntil: ContinuousClock.Instant?
        var error: PostgresError?
        var attempts: UInt64 = 0
        var failed: UInt64 = 0
    }

    private let backoff: Backoff
    private let state = Locked(State())

    init(backoff: Backoff) { self.backoff = backoff }

    /// Throws the last failure while no attempt is due.
    func check() throws(PostgresError) {
        let error: PostgresError? = state.withLock { state in
            if let until = state.closedUntil, ContinuousClock.now < until { return state.error }
            state.attempts += 1
            return nil
        }
        if let error { throw error.unsent() }
    }

    /// An attempt has ended; nil: it worked.
    func record(_ error: PostgresError?) {
        state.withLock { state in
            guard let error else {
                (state.failures, state.closedUntil, state.error) = (0, nil, nil)
                return
            }
            // Attempts that this side called off say nothing about the server.
            guard error.code != .closed, error.code != .cancelled else { return }
            state.failures += 1
            state.failed += 1
            state.error = error
            state.closedUntil = ContinuousClock.now.advanced(by: backoff.delay(afterAttempt: state.failures))
        }
    }

    /// Attempts begun and failed so far.
    var counts: (attempts: UInt64, failures: UInt64) { state.withLock { ($0.attempts, $0.failed) } }
}
