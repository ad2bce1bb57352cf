import Logging
import NIOCore
import Primitives

/// One connection that connects on demand and again after a loss, and pipelines what is submitted from any thread.
///
/// A command that was in flight when the connection went is failed, never repeated: it may have run. One that still waits is sent on the next
/// connection if its deadline allows.
final class Lane: ReplyReceiver, @unchecked Sendable {
    // Unchecked: `inbox` is locked, the other variables are touched on `eventLoop` only, which every method below `drain` asserts.

    private enum Link {
        case idle, connecting, closing, shut
        case connected(any Channel)
        case resting(Scheduled<Void>)
    }

    private struct Inbox {
        var tickets: [Ticket] = []
        var isDrainScheduled = false
        var isShut = false
        var counters = LaneCounters()
    }

    private enum Submission { case wake, queued, full, shut }

    let eventLoop: any EventLoop
    private let connector: Connector
    private let stallTimeout: Duration?
    private let logger: Logger
    private let inbox = Locked(Inbox())

    private var link = Link.idle
    private var queue = CommandQueue()
    private var failedAttempts = 0
    private var hadConnection = false
    private var connectError: RedisError?
    private var timer: (at: ContinuousClock.Instant, task: Scheduled<Void>)?
    private var settled = 0
    /// Replies read from the socket in one go. Their callers run on after the counters are right, and not between two reads.
    private var answers: [(ticket: Ticket, reply: RedisValue)] = []

    /// - Parameter stallTimeout: silence of a peer that owes replies, after which the connection is closed; nil for blocking commands, where
    ///   silence is normal.
    init(connector: Connector, eventLoop: any EventLoop, stallTimeout: Duration?, logger: Logger) {
        self.connector = connector
        self.eventLoop = eventLoop
        self.stallTimeout = stallTimeout
        self.logger = logger
    }

    // MARK: - From any thread

    var counters: LaneCounters { inbox.withLock { $0.counters } }

    /// Sends a command and waits for its reply.
    func perform(_ arguments: [RedisArgument], deadline: Deadline) async throws(RedisError) -> RedisValue {
        let ticket = Ticket(bytes: CommandEncoder.encode(arguments), deadline: deadline)
        let reply = try await ticket.wait(submit).get()
        if case .error(let text) = reply { throw RedisError(reply: text) }
        return reply
    }

    private func submit(_ ticket: Ticket) {
        let submission = inbox.withLock { inbox -> Submission in
            guard !inbox.isShut else { return .shut }
            guard inbox.counters.pending < connector.configuration.maximumPending else {
                inbox.counters.failures += 1
                return .full
            }
            inbox.tickets.append(ticket)
            inbox.counters.pending += 1
            inbox.counters.commands += 1
            guard !inbox.isDrainScheduled else { return .queued }
            inbox.isDrainScheduled = true
            return .wake
        }
        switch submission {
        case .wake: eventLoop.execute { self.drain() }
        case .queued: break
        case .full:
            let limit = connector.configuration.maximumPending
            ticket.settle(.failure(RedisError(.overloaded, "More than \(limit) commands wait for Redis")))
        case .shut: ticket.settle(.failure(Self.shutError))
        }
    }

    /// Closes the connection, whose stream of replies is no longer wanted; the next command opens another.
    func dropConnection() {
        eventLoop.execute { self.close(RedisError(.connection, "The connection to Redis was given up")) }
    }

    /// Fails everything that is queued with `.closed`; the future is fulfilled when the socket is closed.
    func shutDown() -> EventLoopFuture<Void> {
        inbox.withLock { $0.isShut = true }
        return eventLoop.flatSubmit { self.shutDownOnLoop() }
    }

    private static var shutError: RedisError { RedisError(.closed, "The Redis client has been shut down") }

    // MARK: - On the event loop

    private func drain() {
        let tickets = inbox.withLock { inbox in
            inbox.isDrainScheduled = false
            defer { inbox.tickets.removeAll(keepingCapacity: inbox.tickets.count < 1024) }
            return inbox.tickets
        }
        for ticket in tickets { queue.enqueue(ticket) }
        pump()
        // All that arrived together gets one look at the clock: the first to expire decides.
        if let first = tickets.map(\.deadline.instant).min() { wake(notAfter: first) }
    }

    private func pump() {
        eventLoop.assertInEventLoop()
        switch link {
        case .connected(let channel): send(on: channel)
        case .idle: if queue.waitingCount > 0 { connect() }
        case .shut: fail(queue.removeAll(), Self.shutError)
        case .connecting, .closing, .resting: break
        }
        publishSettled()
    }

    private func send(on channel: any Channel) {
        let now = ContinuousClock.now
        let (tickets, dropped) = queue.takeForSending(at: now)
        settled += dropped
        guard !tickets.isEmpty else { return }
        var buffer = channel.allocator.buffer(capacity: tickets.reduce(0) { $0 + $1.bytes.count })
        for ticket in tickets { buffer.writeBytes(ticket.bytes) }
        channel.writeAndFlush(buffer, promise: nil)
        if let stallTimeout { wake(notAfter: now.advanced(by: stallTimeout)) }
    }

    private func connect() {
        link = .connecting
        connector.connect(on: eventLoop, receiver: self).whenComplete { result in
            switch (result, self.link) {
            case (.success(let channel), .connecting): self.connected(channel)
            case (.success(let channel), _): channel.close(promise: nil)
            case (.failure(let error), .connecting): self.connectFailed(error)
            case (.failure, _): break
            }
        }
    }

    private func connected(_ channel: any Channel) {
        logger.debug("redis.connected")
        link = .connected(channel)
        connectError = nil
        let isReconnect = hadConnection
        hadConnection = true
        inbox.withLock {
            $0.counters.isConnected = true
            if isReconnect { $0.counters.reconnects += 1 }
        }
        pump()
    }

    private func connectFailed(_ error: any Error) {
        let error = error as? RedisError ?? RedisError(.connection, "Redis cannot be reached", underlying: error)
        logger.debug("redis.connect_failed", metadata: ["error": "\(String(reflecting: error))"])
        connectError = error
        // Waiting helps against a server that is away, not against one that refuses the login, is no Redis or has a wrong certificate.
        if !error.isRetryable { fail(queue.removeWaiting(), error) }
        rest()
        publishSettled()
    }

    private func rest() {
        failedAttempts += 1
        let delay = connector.configuration.backoff.delay(afterAttempt: failedAttempts)
        link = .resting(
            eventLoop.scheduleTask(in: TimeAmount(delay)) {
                guard case .resting = self.link else { return }
                self.link = .idle
                self.pump()
            })
    }

    private func close(_ error: RedisError) {
        guard case .connected(let channel) = link else { return }
        link = .closing
        deliverAnswers()
        fail(queue.connectionLost(), error)
        channel.close(promise: nil)
    }

    func received(_ reply: RedisValue) {
        failedAttempts = 0
        guard let ticket = queue.matchReply() else {
            return close(RedisError(.protocolViolation, "Redis sent a reply that nothing asked for"))
        }
        settled += 1
        answers.append((ticket, reply))
    }

    func receivedBatch() {
        queue.progressed(at: .now)
        deliverAnswers()
    }

    func connectionClosed(_ error: RedisError) {
        eventLoop.assertInEventLoop()
        logger.debug("redis.disconnected", metadata: ["error": "\(String(reflecting: error))"])
        inbox.withLock { $0.counters.isConnected = false }
        deliverAnswers()
        fail(queue.connectionLost(), error.afterSending())
        connectError = error
        switch link {
        case .shut: break
        // Gone before its first reply: as good as a failed connect, and a reason to wait before the next.
        case .connected where failedAttempts > 0 || queue.waitingCount > 0: rest()
        default: link = .idle
        }
        pump()
    }

    private func shutDownOnLoop() -> EventLoopFuture<Void> {
        let previous = link
        link = .shut
        timer?.task.cancel()
        timer = nil
        pump()
        switch previous {
        case .connected(let channel):
            channel.close(promise: nil)
            return channel.closeFuture
        case .resting(let task): task.cancel()
        case .idle, .connecting, .closing, .shut: break
        }
        return eventLoop.makeSucceededVoidFuture()
    }

    // MARK: - Time

    private func wake(notAfter instant: ContinuousClock.Instant) {
        if let timer, timer.at <= instant { return }
        timer?.task.cancel()
        let delay = max(.zero, ContinuousClock.now.duration(to: instant))
        timer = (instant, eventLoop.scheduleTask(in: TimeAmount(delay)) { self.timePassed() })
    }

    private func timePassed() {
        timer = nil
        let now = ContinuousClock.now
        let (unsent, sent) = queue.expire(at: now)
        settled += unsent.count
        publishSettled()
        for ticket in unsent { expire(ticket, wasSent: false) }
        for ticket in sent { expire(ticket, wasSent: true) }
        if let stallTimeout, queue.isStalled(at: now, timeout: stallTimeout) {
            logger.debug("redis.stalled")
            close(RedisError(.timeout, "Redis has stopped answering", mayHaveExecuted: true))
        }
        if let next = queue.nextWake(stallTimeout: stallTimeout) { wake(notAfter: next) }
    }

    private func expire(_ ticket: Ticket, wasSent: Bool) {
        let error =
            if !wasSent, let connectError {
                RedisError(.connection, "Redis could not be reached in time", underlying: connectError)
            } else {
                RedisError(.timeout, "Redis did not answer in time", mayHaveExecuted: wasSent)
            }
        ticket.settle(.failure(error)) { inbox.withLock { $0.counters.timeouts += 1 } }
    }

    // MARK: - Accounts

    private func fail(_ tickets: [Ticket], _ error: RedisError) {
        guard !tickets.isEmpty else { return }
        settled += tickets.count
        publishSettled()
        for ticket in tickets { ticket.settle(.failure(error)) { inbox.withLock { $0.counters.failures += 1 } } }
    }

    private func deliverAnswers() {
        publishSettled()
        defer { answers.removeAll(keepingCapacity: answers.count < 1024) }
        for (ticket, reply) in answers { ticket.settle(.success(reply)) }
    }

    private func publishSettled() {
        let inFlight = queue.inFlightCount
        inbox.withLock {
            $0.counters.pending -= settled
            $0.counters.inFlight = inFlight
        }
        settled = 0
    }
}
