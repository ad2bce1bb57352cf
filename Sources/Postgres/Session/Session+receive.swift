import Primitives
import Reactor

extension Session {
    func becameReady(_ readiness: Readiness) {
        guard case .ready(let connection, _) = state else { return }
        if readiness.contains(.read) {
            guard connection.consume() else {
                // What came before the end may hold the server's reason.
                readResults(connection)
                return endBroken(connection)
            }
            lastProgress = .now
            readResults(connection)
            while case .ready = state, let notification = connection.nextNotification() { onNotification(.success(notification)) }
        }
        guard case .ready = state else { return }
        if inFlight.first?.nextChunk != nil { continueCopy(connection) }
        pump()
        endIfIdle()
    }

    private func readResults(_ connection: LibpqConnection) {
        while let entry = inFlight.first, entry.nextChunk == nil, !connection.isBusy {
            if let result = connection.nextResult() {
                take(result, connection)
            } else if mode == .plain {
                complete(connection)
            } else if connection.isBroken {
                return endBroken(connection)
            } else if entry.isPreparing, entry.error == nil, let key = entry.key {
                cache.confirm(key)
                inFlight.first?.isPreparing = false
            }
        }
    }

    private func take(_ result: LibpqResult, _ connection: LibpqConnection) {
        switch result.status {
        case .sync: complete(connection)
        case .command, .rows:
            if inFlight.first?.isPreparing == false { inFlight.first?.table = result.table() }
        case .copyIn:
            inFlight.first?.nextChunk = 0
        case .error:
            // The first error of a script is the cause of what follows.
            guard let entry = inFlight.first, entry.error == nil else { return }
            let error = result.error(statement: entry.operation.statement)
            inFlight.first?.error = error
        case .aborted: break
        case .other:
            let error = PostgresError(
                .encoding, "The statement starts a protocol that needs a call of its own.", statement: inFlight.first?.operation.statement)
            inFlight.first?.error = error
        }
    }

    /// The first operation under way has got its whole answer.
    private func complete(_ connection: LibpqConnection) {
        guard let entry = inFlight.removeFirst() else { return }
        if entry.isPreparing || entry.isStale, let key = entry.key { cache.forget(key) }
        let result: Result<ResultTable, PostgresError> = entry.error.map { .failure($0) } ?? .success(entry.table ?? .empty)
        if role == .exclusive {
            let status = connection.transactionStatus
            mailbox.withLock { $0.transaction = status }
        }
        switch entry.purpose {
        case .housekeeping: finish(entry.operation, result)
        case .absorber:
            finish(entry.operation, result)
            settleCancellation()
        case .caller:
            if let reason = entry.abandoned {
                holdForCancellation(entry.operation, reason: reason, result: result)
            } else if entry.isStale, !entry.operation.isResolved, role == .pipelined || connection.transactionStatus == .idle {
                // Nothing has been carried out: the statement failed before it ran.
                queue.prepend(entry.operation)
            } else {
                finish(entry.operation, result)
            }
        }
        startCancellationIfDue()
        if role == .pipelined, inFlight.isEmpty, mode == .pipeline, connection.transactionStatus != .idle {
            // A neighbor's statement would run inside a stranger's transaction.
            end(PostgresError(.connection, "A statement on a shared connection left a transaction open."))
        }
    }
}
