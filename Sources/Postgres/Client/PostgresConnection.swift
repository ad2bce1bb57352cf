package import Primitives

/// A leased connection: good inside the closure that received it; later calls throw `closed`.
///
/// Its statements run one after the other. A canceled one is canceled on the server, after which the connection is as good as before, or closed.
package final class PostgresConnection: Sendable {
    let session: Session
    private let deadline: Deadline?
    private let isEnded = Locked(false)

    init(session: Session, deadline: Deadline?) { (self.session, self.deadline) = (session, deadline) }

    /// Runs one statement.
    ///
    /// - Parameter deadline: when the statement is canceled on the server; nil: the lease's deadline, or else `statementTimeout` from now.
    /// - Throws: `server` with SQLSTATE, `timeout`, `cancelled`, `connection`, `encoding`, `closed`.
    @discardableResult
    package func query(_ sql: SQL, deadline: Deadline? = nil) async throws(PostgresError) -> Rows {
        try sql.check()
        return try await perform(.statement(sql), deadline: deadline)
    }

    /// Runs several statements without parameters in one round trip, by the simple protocol; they form one transaction unless they say otherwise.
    ///
    /// Returns the result of the last statement, whose values are text. `script` must not hold values from outside.
    @discardableResult
    package func execute(script: SQL, deadline: Deadline? = nil) async throws(PostgresError) -> Rows {
        try script.check()
        guard script.parameters.slots.isEmpty else {
            throw PostgresError(.encoding, "A script takes no parameters.", statement: script.text, wasNeverSent: true)
        }
        return try await perform(.script(script.text), deadline: deadline)
    }

    /// Writes rows by COPY, which is the fastest way for many; columns may be of any type that takes the values' text form.
    ///
    /// The data is encoded in memory first, so pass thousands of rows, not millions. Returns the number of rows written. A failure writes none.
    @discardableResult
    package func copyIn(
        table: String, schema: String? = nil, columns: [String], rows: some Sequence<[any PostgresEncodable]>, deadline: Deadline? = nil
    ) async throws(PostgresError) -> Int {
        var encoder = CopyEncoder(columnCount: columns.count)
        for row in rows { try encoder.append(row) }
        let name = (schema.map { SQL.quoted(identifier: $0) + "." } ?? "") + SQL.quoted(identifier: table)
        let statement = SQL(stringLiteral: "COPY \(name) (\(columns.map(SQL.quoted(identifier:)).joined(separator: ", "))) FROM STDIN")
        try statement.check()
        return try await perform(.copy(statement: statement.text, chunks: encoder.finish()), deadline: deadline).affectedRows
    }

    /// The server process behind the connection, as in `pg_stat_activity.pid`.
    package func backendProcess() async throws(PostgresError) -> Int { try await query("SELECT pg_backend_pid()").single().decode(0) }

    // MARK: - Transactions

    /// Whether a transaction was open, and had not failed, after the last statement.
    var isInTransaction: Bool { session.mailbox.withLock { $0.transaction == .open } }

    func begin(isolation: TransactionIsolation, isReadOnly: Bool) async throws(PostgresError) {
        let begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(isReadOnly ? " READ ONLY" : "")"
        var script = begin
        // For the length of the transaction: whoever looks at the server's activity or log finds the trace.
        if let trace = session.configuration.observer?.traceID {
            let name = "\(session.configuration.applicationName.prefix(30)) \(trace.prefix(32))"
            script += "; SET LOCAL application_name = '\(name.filter { $0 != "'" && $0 != "\\" })'"
        }
        guard let deadline else {
            _ = try await perform(script == begin ? .statement(SQL(stringLiteral: begin)) : .script(script), deadline: nil)
            return
        }
        // A second late: the server's own limit is for the case that the cancel request does not arrive.
        let limit = min(Int64(deadline.remaining.milliseconds) + 1000, Int64(Int32.max))
        _ = try await perform(.script("\(script); SET LOCAL statement_timeout = \(limit)"), deadline: deadline)
    }

    func commit() async throws(PostgresError) {
        let rows = try await perform(.statement("COMMIT"), deadline: nil)
        // Postgres answers COMMIT of a failed transaction with ROLLBACK and no error.
        guard rows.commandTag == "COMMIT" else {
            throw PostgresError(
                .server, "The transaction was rolled back: one of its statements had failed.", sqlState: "25P02", statement: "COMMIT")
        }
    }

    /// Rolls back what is open, even when the task is cancelled; a connection on which that fails is closed.
    func rollBackIfOpen() async {
        let status = session.mailbox.withLock { $0.transaction }
        guard status != .idle, session.failure == nil else { return }
        do throws(PostgresError) {
            let operation = Operation(.statement("ROLLBACK"), deadline: .after(session.configuration.cancelGrace))
            _ = try await session.perform(operation, isShielded: true)
        } catch {
            session.close(error)
        }
    }

    /// Ends the lease; returns whether the session can be lent again.
    func end() -> Bool {
        isEnded.withLock { $0 = true }
        return session.mailbox.withLock { $0.failure == nil && $0.outstanding == 0 && $0.transaction == .idle }
    }

    private func perform(_ work: Operation.Work, deadline: Deadline?) async throws(PostgresError) -> Rows {
        guard !isEnded.withLock({ $0 }) else { throw PostgresError(.closed, "The lease on the connection has ended.", wasNeverSent: true) }
        let deadline = deadline ?? self.deadline ?? .after(session.configuration.statementTimeout)
        let end = session.configuration.observer?.began(work.text)
        do throws(PostgresError) {
            let rows = Rows(try await session.perform(Operation(work, deadline: deadline)))
            end?(nil)
            return rows
        } catch {
            end?(error)
            throw error
        }
    }
}
