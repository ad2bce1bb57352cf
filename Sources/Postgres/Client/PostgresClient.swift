package import Logging
package import Primitives
import Reactor
import ResourcePool

/// A Postgres database: short statements share a few pipelined connections, everything else leases one.
///
/// Connections are made when they are needed and replaced when they break; while the server is away, calls fail quickly with a retryable error.
/// The client works before `run()` is called and without it; `run()` ties its end to a service group.
package final class PostgresClient: Sendable {
    package let configuration: PostgresConfiguration
    /// As `configuration`, with the address and the credentials of now.
    private let current: Locked<PostgresConfiguration>
    let logger: Logger
    private let reactor: ReactorHandle
    private let gate: ConnectGate
    private let lanes: Lanes
    private let pool: LeasePool<Session>
    private let counters = Locked((statements: UInt64(0), failures: UInt64(0), latency: LatencyCounts()))
    private let end = AsyncStream<Never>.makeStream()

    /// Starts the client's thread; connects nowhere yet.
    ///
    /// Throws `connection` when the system gives no thread or descriptor.
    package init(configuration: PostgresConfiguration, logger: Logger) throws(PostgresError) {
        (self.configuration, self.logger) = (configuration, logger)
        let current = Locked(configuration)
        self.current = current
        do {
            reactor = try ReactorHandle(name: "postgres")
        } catch {
            throw PostgresError(.connection, "The reactor cannot start.", underlying: error)
        }
        let (reactor, gate) = (reactor, ConnectGate(backoff: configuration.backoff))
        self.gate = gate
        let report: @Sendable (PostgresError?) -> Void = { error in
            gate.record(error)
            if let error { logger.debug("Connecting to Postgres failed", metadata: ["error": "\(String(reflecting: error))"]) }
        }
        lanes = Lanes(count: configuration.laneCount, gate: gate) {
            Session(role: .pipelined, configuration: current.withLock(\.self), reactor: reactor, onConnect: report)
        }
        pool = LeasePool(
            maximumSize: configuration.maximumLeases, maximumWaiters: configuration.maximumWaiters,
            make: { deadline in
                try gate.check()
                let session = Session(role: .exclusive, configuration: current.withLock(\.self), reactor: reactor, onConnect: report)
                try await session.open(deadline: deadline)
                return session
            },
            isUsable: { $0.failure == nil },
            dispose: { $0.close(PostgresError(.closed, "The connection was given back.")) })
    }

    // Sessions keep themselves alive while their sockets are watched.
    deinit { close() }

    /// Replaces the connections: idle ones are closed, shared ones end with their statements under way, leased ones stay with their holders.
    /// The next statement connects anew, without waiting for the back-off of earlier failures.
    package func reconnect() {
        gate.record(nil)
        pool.discardIdle()
        lanes.renew(PostgresError(.connection, "The connection was replaced.", wasNeverSent: true))
    }

    /// Connects with the address and the credentials of `other` from now on, and replaces the connections as ``reconnect()`` does. All else stays.
    /// - Returns: false when they are those of now; nothing happens then.
    package func readdress(_ other: PostgresConfiguration) -> Bool {
        let isChanged = current.withLock { current in
            guard current.parameters.reveal() != other.parameters.reveal() else { return false }
            current = current.at(other)
            return true
        }
        if isChanged { reconnect() }
        return isChanged
    }

    /// Waits until the task is cancelled or the client closed, then closes it as `close` does.
    package func run() async throws {
        for await _ in end.stream {}
        close()
    }

    /// Refuses new work. Statements under way on shared connections are finished; leased connections are closed when they are given back.
    package func close() {
        pool.close()
        lanes.close(PostgresError(.closed, "The client is closed."))
        end.continuation.finish()
    }

    /// Tries until the server answers, with back-off; throws the last error at the deadline, and at once when trying again cannot help.
    package func waitUntilReady(deadline: Deadline) async throws(PostgresError) {
        var attempt = 0
        var reason: PostgresError?
        while true {
            do throws(PostgresError) {
                _ = try await query("SELECT 1", deadline: deadline)
                return
            } catch {
                attempt += 1
                // Why the server could not be reached says more than that the time is over.
                if error.code != .timeout { reason = error }
                let pause = max(.milliseconds(20), configuration.backoff.delay(afterAttempt: attempt))
                guard error.isRetryable, deadline.remaining > pause else { throw reason ?? error }
                do { try await Task.sleep(for: pause) } catch { throw PostgresError(.cancelled, "The task was cancelled.") }
            }
        }
    }

    /// Runs one short statement in a transaction of its own on a shared connection, where it may overtake or be overtaken by others.
    ///
    /// Not for BEGIN, SET, LISTEN, COPY, or anything that leaves state behind or takes long: lease a connection for that.
    /// - Parameter deadline: when the caller goes on without an answer; nil: `defaultTimeout` from now. The statement itself may still end.
    /// - Throws: `server` with SQLSTATE, `timeout`, `cancelled`, `connection`, `poolExhausted`, `encoding`, `closed`.
    @discardableResult
    package func query(_ sql: SQL, deadline: Deadline? = nil) async throws(PostgresError) -> Rows {
        let deadline = deadline ?? .within(configuration.defaultTimeout)
        let start = ContinuousClock.now
        counters.withLock { $0.statements += 1 }
        let end = configuration.observer?.began(sql.text)
        do throws(PostgresError) {
            try sql.check()
            let rows = Rows(try await performOnLane(sql, deadline: deadline))
            count(start, nil)
            end?(nil)
            return rows
        } catch {
            count(start, error)
            end?(error)
            throw error
        }
    }

    private func performOnLane(_ sql: SQL, deadline: Deadline) async throws(PostgresError) -> ResultTable {
        do throws(PostgresError) {
            return try await lanes.session().perform(Operation(.statement(sql), deadline: deadline))
        } catch {
            // The connection had ended unnoticed: nothing was sent, so once more on a new one is safe.
            guard error.code == .connection, error.wasNeverSent else { throw error }
            return try await lanes.session().perform(Operation(.statement(sql), deadline: deadline))
        }
    }

    private func count(_ start: ContinuousClock.Instant, _ error: PostgresError?) {
        let duration = start.duration(to: .now)
        counters.withLock { counters in
            if let error {
                counters.failures += 1
                // A caller that left early says nothing about the server; one that waited in vain does.
                guard error.code == .server || error.code == .timeout else { return }
            }
            counters.latency.record(duration)
        }
    }

    /// Lends a connection to `body`, which must not keep it.
    ///
    /// A transaction that `body` leaves open is rolled back. Settings and session locks stay with the connection: undo them.
    /// - Parameter deadline: bounds the wait for the connection and each statement of `body`; nil: `defaultTimeout` for the wait,
    ///   `statementTimeout` for each statement.
    /// - Throws: `PostgresError` for the lease, and what `body` throws. On cancellation the running statement is canceled on the server.
    package func withConnection<Value>(deadline: Deadline? = nil, _ body: (PostgresConnection) async throws -> Value) async throws -> Value
    {
        let session = try await lease(deadline: deadline ?? .within(configuration.defaultTimeout))
        let connection = PostgresConnection(session: session, deadline: deadline ?? Deadline.current)
        do {
            let value = try await body(connection)
            await giveBack(connection)
            return value
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Runs `body` inside a transaction on a leased connection: commits when it returns, rolls back when it throws.
    ///
    /// - Parameters:
    ///   - isolation: the isolation level.
    ///   - isReadOnly: whether the server refuses writes.
    ///   - deadline: as in `withConnection`; also set as the server's `statement_timeout`.
    /// - Throws: as `withConnection`; what the configuration's `admitsCommit` throws; `server` with SQLSTATE 25P02 when `body` returned although
    ///   a statement of the transaction had failed. A `connection` or `timeout` error from the commit leaves open whether it happened.
    package func withTransaction<Value>(
        isolation: TransactionIsolation = .readCommitted, isReadOnly: Bool = false, deadline: Deadline? = nil,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await withConnection(deadline: deadline) { connection in
            try await connection.begin(isolation: isolation, isReadOnly: isReadOnly)
            do {
                let value = try await body(connection)
                if !isReadOnly { try configuration.admitsCommit?() }
                try await connection.commit()
                return value
            } catch {
                await connection.rollBackIfOpen()
                throw error
            }
        }
    }

    /// Listens on `channel` on a connection of its own, which lives as long as the sequence is read. Returns once the server listens.
    ///
    /// The sequence throws when the connection breaks: notifications in between are lost, so look at the tables before listening again.
    package func notifications(channel: String, deadline: Deadline? = nil) async throws(PostgresError) -> NotificationSequence {
        let deadline = deadline ?? .after(configuration.defaultTimeout)
        let sql: SQL = "LISTEN \(identifier: channel)"
        try sql.check()
        try gate.check()
        let (stream, continuation) = AsyncThrowingStream<PostgresNotification, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(4096))
        let session = Session(
            role: .listening, configuration: current.withLock(\.self), reactor: reactor, onConnect: { [gate] in gate.record($0) },
            onNotification: { event in
                switch event {
                case .failure(let error): continuation.finish(throwing: error)
                case .success(let notification):
                    if case .dropped = continuation.yield(notification) {
                        continuation.finish(throwing: PostgresError(.poolExhausted, "Notifications were not read in time."))
                    }
                }
            })
        continuation.onTermination = { _ in session.close(PostgresError(.closed, "Nobody listens any more.")) }
        try await session.open(deadline: deadline)
        do throws(PostgresError) {
            _ = try await session.perform(Operation(.statement(sql), deadline: deadline))
        } catch {
            session.close(error)
            throw error
        }
        return NotificationSequence(stream: stream)
    }

    /// The counts at this moment.
    package var metrics: PostgresMetrics {
        let (connected, outstanding) = lanes.counts
        let totals = counters.withLock { $0 }
        let (attempts, failures) = gate.counts
        return PostgresMetrics(
            pool: pool.snapshot, connectedLanes: connected, laneStatements: outstanding, statementsTotal: totals.statements,
            failuresTotal: totals.failures, laneLatency: totals.latency, connectionAttemptsTotal: attempts,
            connectionFailuresTotal: failures)
    }

    private func lease(deadline: Deadline) async throws(PostgresError) -> Session {
        do {
            return try await pool.acquire(deadline: deadline)
        } catch let error as PostgresError {
            throw error
        } catch let error as PoolError {
            throw PostgresError(error)
        } catch {
            throw PostgresError(.connection, "No connection could be made.", underlying: error, wasNeverSent: true)
        }
    }

    private func giveBack(_ connection: PostgresConnection) async {
        await connection.rollBackIfOpen()
        pool.release(connection.session, isReusable: connection.end())
    }
}

extension PostgresError {
    fileprivate init(_ error: PoolError) {
        let code: Code =
            switch error {
            case .timeout: .timeout
            case .cancelled: .cancelled
            case .closed: .closed
            default: .poolExhausted
            }
        self.init(code, error.description, underlying: error, wasNeverSent: true)
    }
}

extension Session {
    /// Connects, and waits until that has worked.
    nonisolated func open(deadline: Deadline) async throws(PostgresError) {
        start()
        do throws(PostgresError) {
            _ = try await perform(Operation(.probe, deadline: deadline))
        } catch {
            close(error)
            throw error
        }
    }
}

extension SQL {
    /// Throws `encoding` when the statement cannot be sent.
    func check() throws(PostgresError) {
        if let failure = parameters.failure { throw PostgresError(.encoding, failure, statement: text, wasNeverSent: true) }
        // The protocol counts parameters in 16 bits.
        guard parameters.slots.count <= 65_535 else {
            throw PostgresError(.encoding, "\(parameters.slots.count) parameters are too many: pass arrays.", wasNeverSent: true)
        }
        if text.utf8.contains(0) { throw PostgresError(.encoding, "The statement holds a NUL character.", wasNeverSent: true) }
    }
}
