import Primitives

/// The pipelined connections: made when needed, replaced when broken.
final class Lanes: Sendable {
    private struct State {
        var sessions: [Session?]
        var closing: PostgresError?
    }

    private let state: Locked<State>
    private let gate: ConnectGate
    private let make: @Sendable () -> Session

    init(count: Int, gate: ConnectGate, make: @escaping @Sendable () -> Session) {
        state = Locked(State(sessions: Array(repeating: nil, count: max(1, count))))
        (self.gate, self.make) = (gate, make)
    }

    /// The session with the fewest statements; a further one is opened when all that are open have some.
    ///
    /// Throws the last connection error when there is none and the server is being left alone for a moment.
    func session() throws(PostgresError) -> Session {
        let choice: Result<(session: Session, isNew: Bool), PostgresError> = state.withLock { state in
            if let closing = state.closing { return .failure(closing.unsent()) }
            var best: (session: Session, outstanding: Int)?
            var free: Int?
            for (index, session) in state.sessions.enumerated() {
                guard let session, session.failure == nil else {
                    free = free ?? index
                    continue
                }
                let outstanding = session.outstanding
                if outstanding < best?.outstanding ?? .max { best = (session, outstanding) }
            }
            if let best, best.outstanding == 0 || free == nil { return .success((best.session, false)) }
            do throws(PostgresError) {
                try gate.check()
            } catch {
                return best.map { .success(($0.session, false)) } ?? .failure(error)
            }
            let session = make()
            if let free { state.sessions[free] = session }
            return .success((session, true))
        }
        let (session, isNew) = try choice.get()
        if isNew { session.start() }
        return session
    }

    /// Refuses new statements; those under way are finished.
    func close(_ reason: PostgresError) {
        let sessions = state.withLock { state in
            state.closing = reason
            defer { state.sessions = [] }
            return state.sessions
        }
        for session in sessions { session?.closeWhenIdle(reason) }
    }

    /// Lets go of all sessions: statements under way are finished, later ones get new sessions.
    func renew(_ reason: PostgresError) {
        let sessions = state.withLock { state in
            defer { state.sessions = state.sessions.map { _ in nil } }
            return state.sessions
        }
        for session in sessions { session?.closeWhenIdle(reason) }
    }

    /// Sessions that are connected, and statements that wait or are under way.
    var counts: (connected: Int, outstanding: Int) {
        state.withLock { state in
            let open = state.sessions.compactMap(\.self)
            return (open.count { $0.mailbox.withLock(\.isReady) }, open.reduce(0) { $0 + $1.outstanding })
        }
    }
}
