import Primitives
import Reactor

extension Session {
    /// The most operations under way on a lane: enough to fill the wire, few enough to fail together.
    private static let pipelineDepth = 256

    /// Sends what may be sent.
    func pump() {
        guard case .ready(let connection, _) = state, cancellation == nil else { return }
        let limit = role == .pipelined ? Self.pipelineDepth : 1
        while inFlight.count < limit, let operation = queue.first {
            if operation.isResolved {
                queue.removeFirst()
                finish(operation, .failure(PostgresError(.cancelled, "Nobody waits for the statement.")))
                continue
            }
            let wanted: Mode? =
                switch operation.work {
                case .statement: .pipeline
                case .script, .copy: .plain
                case .probe: nil
                }
            if let wanted, wanted != mode {
                // Modes change between operations only.
                guard inFlight.isEmpty else { break }
                guard wanted == .pipeline ? connection.enterPipeline() : connection.exitPipeline() else { return endBroken(connection) }
                mode = wanted
            }
            queue.removeFirst()
            if inFlight.isEmpty { lastProgress = .now }
            guard send(operation, on: connection) else { return endBroken(connection) }
        }
        flush(connection)
    }

    private func send(_ operation: Operation, on connection: LibpqConnection) -> Bool {
        switch operation.work {
        case .probe:
            finish(operation, .success(.empty))
            return true
        case .script(let text):
            inFlight.append(InFlight(operation: operation))
            return connection.sendScript(text)
        case .copy(let statement, _):
            inFlight.append(InFlight(operation: operation))
            return connection.sendScript(statement)
        case .statement(let sql):
            return send(sql, for: operation, on: connection)
        }
    }

    private func send(_ sql: SQL, for operation: Operation, on connection: LibpqConnection) -> Bool {
        let key = StatementCache.Key(text: sql.text, types: sql.parameters.slots.map(\.type))
        switch cache.lookUp(key) {
        case .ready(let name):
            inFlight.append(InFlight(operation: operation, key: key))
            return connection.sendPrepared(name: name, parameters: sql.parameters) && connection.sendSync()
        case .unnamed:
            inFlight.append(InFlight(operation: operation))
            return connection.sendUnprepared(text: sql.text, parameters: sql.parameters) && connection.sendSync()
        case .prepare(let name, let evicted):
            if let evicted, !sendHousekeeping("DEALLOCATE \(evicted)", purpose: .housekeeping, on: connection) { return false }
            inFlight.append(InFlight(operation: operation, key: key, isPreparing: true))
            return connection.sendPrepare(name: name, text: sql.text, parameters: sql.parameters)
                && connection.sendPrepared(name: name, parameters: sql.parameters) && connection.sendSync()
        }
    }

    /// Sends a statement of the session's own in pipeline mode.
    func sendHousekeeping(_ text: String, purpose: InFlight.Purpose, on connection: LibpqConnection) -> Bool {
        let operation = Operation(.statement(SQL(stringLiteral: text)), deadline: .after(configuration.statementTimeout))
        mailbox.withLock { $0.outstanding += 1 }
        inFlight.append(InFlight(operation: operation, purpose: purpose))
        return connection.sendUnprepared(text: text, parameters: ParameterBuffer()) && connection.sendSync()
    }

    /// Hands COPY data over for as long as the socket takes it.
    func continueCopy(_ connection: LibpqConnection) {
        guard var entry = inFlight.first, var next = entry.nextChunk, case .copy(_, let chunks) = entry.operation.work else { return }
        while true {
            // Write interest brings us back when the socket has room.
            guard let isEmpty = connection.flush() else { return endBroken(connection) }
            guard isEmpty else { break }
            if entry.abandoned == nil, next < chunks.count {
                guard let taken = connection.putCopy(chunks[next]) else { break }
                guard taken else { return endBroken(connection) }
                next += 1
            } else {
                guard let ended = connection.endCopy(failure: entry.abandoned.map(\.message)) else { break }
                guard ended else { return endBroken(connection) }
                entry.nextChunk = nil
                inFlight.first = entry
                return flush(connection)
            }
        }
        entry.nextChunk = next
        inFlight.first = entry
        flush(connection)
    }

    /// Sends what libpq has buffered, and asks for write readiness while some is left, or COPY data that libpq has not been given: when the
    /// buffer drains between two calls the server waits for the rest, and nothing but room in the socket would wake us.
    func flush(_ connection: LibpqConnection) {
        guard let isEmpty = connection.flush() else { return endBroken(connection) }
        let wanted: Readiness = isEmpty && inFlight.first?.nextChunk == nil ? .read : [.read, .write]
        guard wanted != interest, case .ready(_, let socket) = state else { return }
        interest = wanted
        do {
            try reactor.thread.update(socket, interest: wanted)
        } catch {
            end(PostgresError(.connection, "The socket cannot be watched.", underlying: error))
        }
    }

    func endBroken(_ connection: LibpqConnection) {
        let message = connection.message
        end(PostgresError(.connection, message.isEmpty ? "The connection broke." : message))
    }
}
