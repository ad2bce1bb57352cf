import Primitives
import Reactor

extension Session {
    func connect() {
        guard case .fresh = state else { return }
        state = .resolving
        let timeout = configuration.connectTimeout
        connectTimer = reactor.thread.schedule(at: ContinuousClock.now.advanced(by: timeout)) { [weak self] in
            self?.assumeIsolated { $0.end(PostgresError(.connection, "No connection within \(timeout).", wasNeverSent: true)) }
        }
        let hosts = configuration.hostsToResolve
        guard !hosts.isEmpty else { return begin([]) }
        do {
            try HelperThread.run(name: "pg-resolve") { [self] in
                do throws(PostgresError) {
                    var resolved: [(host: String, addresses: [String])] = []
                    for host in hosts { resolved.append((host, try LibpqOptions.addresses(of: host))) }
                    let found = resolved
                    onThread { $0.begin(found) }
                } catch {
                    onThread { $0.end(error) }
                }
            }
        } catch {
            end(PostgresError(.connection, "Names cannot be resolved.", underlying: error, wasNeverSent: true))
        }
    }

    func begin(_ resolved: [(host: String, addresses: [String])]) {
        guard case .resolving = state else { return }
        guard let connection = LibpqConnection(parameters: configuration.parameters(resolved: resolved)) else {
            return end(PostgresError(.connection, "libpq is out of memory.", wasNeverSent: true))
        }
        // A socket that is not there is known at once.
        guard !connection.isBroken else { return end(PostgresError(.connection, connection.message, wasNeverSent: true)) }
        state = .connecting(connection, socket: -1)
        wait(.writing, connection: connection, before: -1)
    }

    private func advance() {
        guard case .connecting(let connection, let before) = state else { return }
        let progress = connection.advance()
        switch progress {
        case .reading, .writing: wait(progress, connection: connection, before: before)
        case .failed(let message): end(PostgresError(.connection, message, wasNeverSent: true))
        case .done: becomeReady(connection, before: before)
        }
    }

    /// Each step may have moved on to another address and so to another socket, which may even have the same number.
    private func wait(_ progress: LibpqConnection.Progress, connection: LibpqConnection, before: Int32) {
        let socket = connection.socket
        guard socket >= 0 else { return end(PostgresError(.connection, connection.message, wasNeverSent: true)) }
        if before != socket, before >= 0 { reactor.thread.unwatch(before) }
        state = .connecting(connection, socket: socket)
        let wanted: Readiness = if case .writing = progress { .write } else { .read }
        watch(socket, for: wanted) { $0.advance() }
    }

    private func becomeReady(_ connection: LibpqConnection, before: Int32) {
        let socket = connection.socket
        if before != socket, before >= 0 { reactor.thread.unwatch(before) }
        state = .connecting(connection, socket: socket)
        guard connection.becomeNonblocking() else { return end(PostgresError(.connection, connection.message, wasNeverSent: true)) }
        if let connectTimer { reactor.thread.cancel(connectTimer) }
        connectTimer = nil
        state = .ready(connection, socket: socket)
        interest = .read
        lastProgress = .now
        watchWhileReady(socket)
        guard case .ready = state else { return }
        mailbox.withLock { $0.isReady = true }
        onConnect(nil)
        switch role {
        case .pipelined:
            // A lane is for short statements; what its callers have given up must not hold up the others for long.
            prepend("SET statement_timeout = \(Self.setting(configuration.stallTimeout / 2))")
        case .exclusive:
            prepend("SET idle_in_transaction_session_timeout = \(Self.setting(configuration.idleInTransactionTimeout))")
        case .listening: break
        }
        drain()
    }

    /// Milliseconds as the server's settings take them, in which 0 would mean never.
    private static func setting(_ duration: Duration) -> Int64 { max(1, Int64(duration.milliseconds)) }

    /// Sets up the session before its first operation.
    private func prepend(_ statement: String) {
        queue.prepend(Operation(.statement(SQL(stringLiteral: statement)), deadline: .after(.seconds(86_400))))
        mailbox.withLock { $0.outstanding += 1 }
    }

    private func watchWhileReady(_ socket: Int32) {
        do {
            try reactor.thread.watch(socket, for: .read) { [self] readiness in
                assumeIsolated { $0.becameReady(readiness) }
            }
        } catch {
            end(PostgresError(.connection, "The socket cannot be watched.", underlying: error))
        }
    }

    private func watch(_ socket: Int32, for wanted: Readiness, _ step: @escaping @Sendable (isolated Session) -> Void) {
        do {
            try reactor.thread.watch(socket, for: wanted) { [self] _ in assumeIsolated(step) }
        } catch {
            end(PostgresError(.connection, "The socket cannot be watched.", underlying: error, wasNeverSent: true))
        }
    }
}
