import Primitives
import Reactor

/// One connection: takes operations in, runs them in order, and ends for good with the first failure of the connection.
///
/// Its executor is the reactor's thread. A pipelined session has many operations under way, one sync each; an exclusive one has a single one, so
/// that a cancel request can only hit the operation that it is meant for.
actor Session {
    enum Role: Sendable { case pipelined, exclusive, listening }

    /// What other threads share with the session.
    struct Mailbox {
        var incoming: [Operation] = []
        var outstanding = 0
        var failure: PostgresError?
        var isReady = false
        /// Where the server's side of an exclusive session stood after its last operation.
        var transaction = LibpqConnection.TransactionStatus.idle
    }

    enum Mode { case plain, pipeline }

    enum State {
        case fresh, resolving
        case connecting(LibpqConnection, socket: Int32)
        case ready(LibpqConnection, socket: Int32)
        case closed
    }

    nonisolated let mailbox = Locked(Mailbox())
    nonisolated let role: Role
    nonisolated let configuration: PostgresConfiguration
    nonisolated let reactor: ReactorHandle
    /// Hears once about the connection attempt (nil: it worked).
    nonisolated let onConnect: @Sendable (PostgresError?) -> Void
    /// Hears about notifications (nil: the session has ended).
    nonisolated let onNotification: @Sendable (Result<PostgresNotification, PostgresError>) -> Void

    var state = State.fresh
    var mode = Mode.plain
    var queue = Queue<Operation>()
    var inFlight = Queue<InFlight>()
    var cache: StatementCache
    var interest: Readiness = []
    var sweep: (timer: ReactorTimer, instant: ContinuousClock.Instant)?
    var connectTimer: ReactorTimer?
    /// When bytes last came in, or the pipeline went from empty to busy.
    var lastProgress = ContinuousClock.now
    /// Why the session ends as soon as it is idle.
    var closing: PostgresError?
    /// A cancel request that is on its way, during which nothing is sent.
    var cancellation: Cancellation?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.thread.asUnownedSerialExecutor() }

    init(
        role: Role, configuration: PostgresConfiguration, reactor: ReactorHandle,
        onConnect: @escaping @Sendable (PostgresError?) -> Void = { _ in },
        onNotification: @escaping @Sendable (Result<PostgresNotification, PostgresError>) -> Void = { _ in }
    ) {
        (self.role, self.configuration, self.reactor) = (role, configuration, reactor)
        (self.onConnect, self.onNotification) = (onConnect, onNotification)
        cache = StatementCache(limit: configuration.preparedStatementLimit)
    }

    // MARK: - From any thread

    /// Why the session has ended; nil while it works or connects.
    nonisolated var failure: PostgresError? { mailbox.withLock { $0.failure } }

    /// Operations that wait or are under way.
    nonisolated var outstanding: Int { mailbox.withLock { $0.outstanding } }

    /// Begins to connect. Call it once.
    nonisolated func start() { onThread { $0.connect() } }

    /// Runs an operation and waits for its end.
    ///
    /// On cancellation and at the deadline a pipelined operation is left to the server and its caller goes on; an exclusive one is canceled on the
    /// server first. `isShielded` operations do not notice the cancellation of their task.
    nonisolated func perform(_ operation: Operation, isShielded: Bool = false) async throws(PostgresError) -> ResultTable {
        post(operation)
        if isShielded { return try await operation.result().get() }
        let result = await withTaskCancellationHandler {
            await operation.result()
        } onCancel: {
            let reason = PostgresError(.cancelled, "The task was cancelled.", statement: operation.statement)
            if role == .pipelined { return operation.resolve(.failure(reason)) }
            onThread { $0.abandon(operation, reason: reason) }
        }
        return try result.get()
    }

    /// Ends the session; operations fail with `reason`.
    nonisolated func close(_ reason: PostgresError) { onThread { $0.end(reason) } }

    /// Refuses new operations and ends the session once those that it has are done.
    nonisolated func closeWhenIdle(_ reason: PostgresError) {
        mailbox.withLock { $0.failure = $0.failure ?? reason }
        onThread { session in
            session.drain()
            session.closing = reason
            session.endIfIdle()
        }
    }

    nonisolated private func post(_ operation: Operation) {
        let (failure, mustWake) = mailbox.withLock { mailbox -> (PostgresError?, Bool) in
            if let failure = mailbox.failure { return (failure.unsent(), false) }
            guard mailbox.outstanding < configuration.maximumWaiters else {
                return (
                    PostgresError(.poolExhausted, "\(mailbox.outstanding) statements wait on the connection.", wasNeverSent: true), false
                )
            }
            mailbox.outstanding += 1
            mailbox.incoming.append(operation)
            return (nil, mailbox.incoming.count == 1)
        }
        if let failure { operation.resolve(.failure(failure)) }
        if mustWake { onThread { $0.drain() } }
    }

    nonisolated func onThread(_ body: @escaping @Sendable (isolated Session) -> Void) {
        reactor.thread.execute { self.assumeIsolated(body) }
    }

    // MARK: - On the thread

    func drain() {
        let incoming = mailbox.withLock { mailbox in
            defer { mailbox.incoming = [] }
            return mailbox.incoming
        }
        for operation in incoming { queue.append(operation) }
        pump()
        if let earliest = incoming.lazy.map(\.deadline.instant).min() { expectSweep(at: earliest) }
        if role == .pipelined, !inFlight.isEmpty { expectSweep(at: lastProgress.advanced(by: configuration.stallTimeout)) }
    }

    /// Answers an operation that has left the queues.
    func finish(_ operation: Operation, _ result: Result<ResultTable, PostgresError>) {
        mailbox.withLock { $0.outstanding -= 1 }
        operation.resolve(result)
    }

    /// Carries out `closeWhenIdle`.
    func endIfIdle() {
        if let closing, queue.isEmpty, inFlight.isEmpty { end(closing) }
    }

    /// Ends the session: closes the socket and fails what waits.
    func end(_ reason: PostgresError) {
        let socket: Int32
        var wasConnecting = true
        switch state {
        case .closed: return
        case .fresh, .resolving: socket = -1
        case .connecting(_, let used): socket = used
        case .ready(_, let used):
            socket = used
            wasConnecting = false
        }
        // Unwatched before libpq closes the descriptor, which may be reused at once.
        if socket >= 0 { reactor.thread.unwatch(socket) }
        state = .closed
        for timer in [sweep?.timer, connectTimer].compactMap(\.self) { reactor.thread.cancel(timer) }
        (sweep, connectTimer) = (nil, nil)
        let unsent = mailbox.withLock { mailbox in
            mailbox.failure = reason
            mailbox.isReady = false
            defer { mailbox.incoming = [] }
            return mailbox.incoming
        }
        for entry in inFlight.removeAll() { finish(entry.operation, .failure(entry.abandoned ?? reason)) }
        if let pending = cancellation?.held { finish(pending.operation, .failure(pending.reason)) }
        cancellation = nil
        for operation in queue.removeAll() + unsent { finish(operation, .failure(reason.unsent())) }
        if wasConnecting { onConnect(reason) }
        onNotification(.failure(reason))
    }
}

extension PostgresError {
    /// The same failure for an operation that was never sent.
    func unsent() -> PostgresError {
        PostgresError(code, message, sqlState: sqlState, detail: detail, underlying: underlying, wasNeverSent: true)
    }
}
