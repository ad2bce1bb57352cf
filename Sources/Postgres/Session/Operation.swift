import Primitives

/// One piece of work for a session, and the caller that waits for it.
final class Operation: Sendable {
    enum Work: Sendable {
        /// One statement with parameters.
        case statement(SQL)
        /// Statements by the simple protocol.
        case script(String)
        /// A COPY statement and its data.
        case copy(statement: String, chunks: [[UInt8]])
        /// Nothing: succeeds when its turn comes, which shows that the session is connected.
        case probe

        /// What is sent, without values.
        var text: String {
            switch self {
            case .statement(let sql): sql.text
            case .script(let text), .copy(let text, _): text
            case .probe: ""
            }
        }
    }

    private enum State {
        case waiting(CheckedContinuation<Result<ResultTable, PostgresError>, Never>?)
        case early(Result<ResultTable, PostgresError>)
        case done
    }

    let work: Work
    let deadline: Deadline
    private let state = Locked(State.waiting(nil))

    init(_ work: Work, deadline: Deadline) {
        (self.work, self.deadline) = (work, deadline)
    }

    /// The text of the statement, for errors.
    var statement: String? {
        switch work {
        case .statement(let sql): sql.text
        case .script(let text): text
        case .copy(let statement, _): statement
        case .probe: nil
        }
    }

    /// Suspends until the operation is resolved, by whomever.
    func result() async -> Result<ResultTable, PostgresError> {
        await withCheckedContinuation { continuation in
            let early: Result<ResultTable, PostgresError>? = state.withLock { state in
                guard case .early(let result) = state else {
                    state = .waiting(continuation)
                    return nil
                }
                state = .done
                return result
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    /// Whether somebody has resolved it already.
    var isResolved: Bool {
        state.withLock { state in
            if case .waiting = state { false } else { true }
        }
    }

    /// Answers the caller; only the first answer counts.
    func resolve(_ result: Result<ResultTable, PostgresError>) {
        let continuation = state.withLock { state -> CheckedContinuation<Result<ResultTable, PostgresError>, Never>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = continuation == nil ? .early(result) : .done
            return continuation
        }
        continuation?.resume(returning: result)
    }
}
