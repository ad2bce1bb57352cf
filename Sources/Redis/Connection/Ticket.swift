import Primitives

/// One command on its way: its bytes, its deadline and the caller that waits. The first of reply, deadline, cancellation and loss resumes the
/// caller; what comes later finds the ticket settled.
final class Ticket: Sendable {
    typealias Outcome = Result<RedisValue, RedisError>

    private enum State {
        case new
        case waiting(CheckedContinuation<Outcome, Never>)
        case settled(Outcome)
    }

    let bytes: [UInt8]
    let deadline: Deadline
    private let state = Locked(State.new)

    init(bytes: [UInt8], deadline: Deadline) {
        self.bytes = bytes
        self.deadline = deadline
    }

    /// Whether the caller has its answer. Such a ticket stays in flight all the same, to keep replies and commands aligned.
    var isSettled: Bool {
        state.withLock { if case .settled = $0 { true } else { false } }
    }

    /// Gives the outcome to the caller, unless it already had one.
    ///
    /// - Parameter account: called when the outcome counts, before the caller goes on: what it then reads of the metrics holds its own command.
    func settle(_ outcome: Outcome, account: () -> Void = {}) {
        let (first, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Outcome, Never>?) in
            switch state {
            case .new:
                state = .settled(outcome)
                return (true, nil)
            case .waiting(let continuation):
                state = .settled(outcome)
                return (true, continuation)
            case .settled: return (false, nil)
            }
        }
        if first { account() }
        continuation?.resume(returning: outcome)
    }

    /// Runs `submit` and waits for the outcome. Cancellation settles the ticket at once.
    func wait(_ submit: (Ticket) -> Void) async -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Outcome? in
                    // Cancelled before the continuation was there.
                    if case .settled(let outcome) = state { return outcome }
                    state = .waiting(continuation)
                    return nil
                }
                if let early { continuation.resume(returning: early) } else { submit(self) }
            }
        } onCancel: {
            settle(.failure(RedisError(.cancelled, "The task that waited for Redis was cancelled", mayHaveExecuted: true)))
        }
    }
}
