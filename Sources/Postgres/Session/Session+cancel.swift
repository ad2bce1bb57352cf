import Primitives
import Reactor

extension Session {
    /// The caller of an operation on a session of its own does not want it any more.
    func abandon(_ operation: Operation, reason: PostgresError) {
        guard failure == nil else { return operation.resolve(.failure(reason)) }
        // Nothing else is asked on a listening session, and without its LISTEN it is of no use.
        if role == .listening { return end(reason) }
        // It may still be in the mailbox.
        let incoming = mailbox.withLock { mailbox in
            defer { mailbox.incoming = [] }
            return mailbox.incoming
        }
        for other in incoming { queue.append(other) }
        for removed in queue.removeAll(where: { $0 === operation }) { finish(removed, .failure(reason.unsent())) }
        inFlight.forEach { entry in
            if entry.operation === operation, entry.abandoned == nil { entry.abandoned = reason }
        }
        startCancellationIfDue()
        pump()
    }

    /// Sends a cancel request when the operation that runs now is abandoned.
    func startCancellationIfDue() {
        guard role == .exclusive, cancellation == nil, case .ready(let connection, _) = state, let entry = inFlight.first,
            let reason = entry.abandoned
        else { return }
        let grace = configuration.cancelGrace
        let timer = reactor.thread.schedule(at: ContinuousClock.now.advanced(by: grace)) { [weak self] in
            self?.assumeIsolated {
                $0.end(PostgresError(.connection, "A canceled statement did not end within \(grace)."))
            }
        }
        if entry.nextChunk != nil {
            // COPY is ended from this side.
            cancellation = Cancellation(hasReturned: true, grace: timer)
            return continueCopy(connection)
        }
        cancellation = Cancellation(hasReturned: false, grace: timer)
        guard let request = connection.makeCancellation() else { return end(reason) }
        do {
            try HelperThread.run(name: "pg-cancel") { [self] in
                request.send()
                onThread { $0.cancellationReturned() }
            }
        } catch {
            end(PostgresError(.connection, "A statement could not be canceled.", underlying: error))
        }
    }

    /// The abandoned operation has its answer; its caller hears once the cancel request can do no more harm.
    func holdForCancellation(_ operation: Operation, reason: PostgresError, result: Result<ResultTable, PostgresError>) {
        guard cancellation != nil else { return finish(operation, result) }
        cancellation?.held = (operation, reason, result)
        if cancellation?.hasReturned == true { settleOrAbsorb() }
    }

    private func cancellationReturned() {
        guard cancellation != nil else { return }
        cancellation?.hasReturned = true
        if cancellation?.held != nil { settleOrAbsorb() }
    }

    private func settleOrAbsorb() {
        guard case .ready(let connection, _) = state, let held = cancellation?.held else { return }
        if case .failure(let error) = held.result, error.sqlState == "57014" { return settleCancellation() }
        // The statement ended before the request came: the next one takes the blow, and must not be a caller's.
        guard mode == .pipeline || connection.enterPipeline() else { return endBroken(connection) }
        mode = .pipeline
        guard sendHousekeeping("SELECT 1", purpose: .absorber, on: connection) else { return endBroken(connection) }
        flush(connection)
    }

    func settleCancellation() {
        guard let settled = cancellation, let held = settled.held else { return }
        if let grace = settled.grace { reactor.thread.cancel(grace) }
        cancellation = nil
        switch held.result {
        case .failure(let error) where error.sqlState == "57014": finish(held.operation, .failure(held.reason))
        default: finish(held.operation, held.result)
        }
        pump()
    }

    // MARK: - Deadlines

    /// Makes sure that the session looks at its deadlines at `instant`, or earlier.
    func expectSweep(at instant: ContinuousClock.Instant) {
        if case .closed = state { return }
        // A timer that fires too early looks again; one that is early enough already stays.
        if let sweep, sweep.instant <= instant { return }
        if let sweep { reactor.thread.cancel(sweep.timer) }
        let timer = reactor.thread.schedule(at: instant) { [weak self] in self?.assumeIsolated { $0.sweepNow() } }
        sweep = (timer, instant)
    }

    private func sweepNow() {
        sweep = nil
        let now = ContinuousClock.now
        if role == .pipelined, !inFlight.isEmpty, lastProgress.advanced(by: configuration.stallTimeout) <= now {
            return end(PostgresError(.connection, "The server has not answered for \(configuration.stallTimeout)."))
        }
        for operation in queue.removeAll(where: { $0.deadline.instant <= now }) {
            finish(operation, .failure(Self.timeout(of: operation).unsent()))
        }
        var late: [Operation] = []
        inFlight.forEach { entry in
            guard entry.abandoned == nil, entry.operation.deadline.instant <= now else { return }
            late.append(entry.operation)
        }
        for operation in late {
            let reason = Self.timeout(of: operation)
            // On a lane the statement goes on and only its caller is freed.
            if role == .pipelined { operation.resolve(.failure(reason)) } else { abandon(operation, reason: reason) }
        }
        queue.forEach { expectSweep(at: $0.deadline.instant) }
        inFlight.forEach { entry in
            if entry.abandoned == nil, !entry.operation.isResolved { expectSweep(at: entry.operation.deadline.instant) }
        }
        if role == .pipelined, !inFlight.isEmpty { expectSweep(at: lastProgress.advanced(by: configuration.stallTimeout)) }
    }

    private static func timeout(of operation: Operation) -> PostgresError {
        PostgresError(.timeout, "The deadline passed.", statement: operation.statement)
    }
}
