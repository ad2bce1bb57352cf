import Primitives

/// An answer that comes in parts: notifications while the request is worked on, then its result.
public struct MCPEventStream: Sendable {
    /// What bounds a stream.
    struct Terms: Sendable {
        let keepAlive: Duration
        let deadline: Deadline
        /// After which it ends when nothing happens; nil for a stream whose work has an end of its own.
        var idle: Duration?
        let buffered: ByteCount
        var overflow = EventBuffer.Overflow.dropOldest
    }

    private let terms: Terms
    // Held until the last copy of the stream is gone.
    private let lease: StreamLease?
    private let registry: StreamRegistry?
    private let work: @Sendable (EventBuffer) async -> JSONValue?

    /// - Parameters:
    ///   - terms: what bounds it.
    ///   - lease: the room that it takes among its client's streams.
    ///   - registry: who ends it when the server stops; nil for a stream that the server waits for.
    ///   - work: fills the buffer and returns the last message.
    init(
        terms: Terms, lease: StreamLease? = nil, registry: StreamRegistry? = nil,
        work: @escaping @Sendable (EventBuffer) async -> JSONValue?
    ) {
        (self.terms, self.lease, self.registry, self.work) = (terms, lease, registry, work)
    }

    private enum Ending: Sendable {
        case result(JSONValue?)
        case closed
    }

    /// Does the work of the request and writes its events; returns after the result was written. Call it once, from the task that owns the
    /// connection.
    ///
    /// When `write` throws, `closed` returns or the task is cancelled, because the client has gone, the work is cancelled and nothing more is
    /// written. The work is cancelled at its deadline, too. Only so many bytes wait for a slow client; then the oldest notifications are
    /// dropped, or a subscription ends.
    ///
    /// - Parameters:
    ///   - closed: returns when the client has gone. Without it, only writing tells.
    ///   - write: sends bytes and waits until there is room for more.
    /// - Throws: what `write` throws; `CancellationError` when the client has gone.
    public func run(untilClosed closed: (@Sendable () async -> Void)? = nil, _ write: ([UInt8]) async throws -> Void) async throws {
        let buffer = EventBuffer(limit: terms.buffered, overflow: terms.overflow)
        let number = registry?.add { buffer.finish() }
        defer { if let number { registry?.remove(number) } }
        let timer = Self.watch(buffer, terms)
        defer { StreamTimers.shared.remove(timer) }
        let isClosed = Locked(false)
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask { [work] in
                defer { buffer.finish() }
                return .result(await work(buffer))
            }
            if let closed {
                group.addTask {
                    await closed()
                    // Cancelled together with the rest is not the same as gone.
                    if !Task.isCancelled { isClosed.withLock { $0 = true } }
                    buffer.finish()
                    return .closed
                }
            }
            defer { group.cancelAll() }
            for await _ in buffer.signals {
                for bytes in buffer.drain() { try await write(bytes) }
            }
            try Task.checkCancellation()
            if isClosed.withLock({ $0 }) { throw CancellationError() }
            for bytes in buffer.drain() { try await write(bytes) }
            // Ends the work if it is late: it then returns the error that says so.
            group.cancelAll()
            for try await ending in group {
                if case .result(let message?) = ending { try await write(EventBuffer.event(message)) }
            }
        }
    }

    /// Keeps the connection alive, and ends the stream at its deadline or when nothing has happened for long. Returns the timer's number.
    private static func watch(_ buffer: EventBuffer, _ terms: Terms) -> Int {
        @Sendable func next(_ comment: ContinuousClock.Instant) -> ContinuousClock.Instant {
            let next = min(comment, terms.deadline.instant)
            return terms.idle.map { min(next, buffer.lastEvent.advanced(by: $0)) } ?? next
        }
        let first = ContinuousClock.now.advanced(by: terms.keepAlive)
        let nextComment = Locked(first)
        return StreamTimers.shared.add(at: next(first)) { now in
            let isIdle = terms.idle.map { buffer.lastEvent.advanced(by: $0) <= now } ?? false
            if isIdle || terms.deadline.hasPassed {
                buffer.finish()
                return nil
            }
            let (comment, isDue) = nextComment.withLock { comment in
                let isDue = comment <= now
                if isDue { comment = now.advanced(by: terms.keepAlive) }
                return (comment, isDue)
            }
            if isDue { buffer.pushComment() }
            return next(comment)
        }
    }
}
