import Logging
import NIOCore
import Primitives

/// One subscribed connection: connects, subscribes, passes messages on, and starts again after a loss until it is shut down.
final class SubscriptionFeed: ReplyReceiver, @unchecked Sendable {
    // Unchecked: the variables are touched on `eventLoop` only.

    private enum Link {
        case connecting, shut
        case connected(any Channel)
        case resting(Scheduled<Void>)
    }

    private let channels: [String]
    private let connector: Connector
    private let eventLoop: any EventLoop
    private let continuation: AsyncStream<RedisSubscription.Event>.Continuation
    private let owner: SubscriptionSet
    private let logger: Logger

    private var link = Link.connecting
    private var missing = 0
    private var failedAttempts = 0
    private var hadConnection = false
    private var pinger: RepeatedTask?
    private var isPingUnanswered = false

    init(
        channels: [String], connector: Connector, eventLoop: any EventLoop,
        continuation: AsyncStream<RedisSubscription.Event>.Continuation, owner: SubscriptionSet, logger: Logger
    ) {
        self.channels = channels
        self.connector = connector
        self.eventLoop = eventLoop
        self.continuation = continuation
        self.owner = owner
        self.logger = logger
    }

    func start() { eventLoop.execute { self.connect() } }

    func shutDown() -> EventLoopFuture<Void> { eventLoop.flatSubmit { self.shutDownOnLoop() } }

    private func connect() {
        if case .shut = link { return }
        link = .connecting
        connector.connect(on: eventLoop, receiver: self).whenComplete { result in
            switch (result, self.link) {
            case (.success(let channel), .connecting): self.connected(channel)
            case (.success(let channel), _): channel.close(promise: nil)
            case (.failure(let error), .connecting):
                self.logger.debug("redis.subscription_failed", metadata: ["error": "\(String(reflecting: error))"])
                self.rest()
            case (.failure, _): break
            }
        }
    }

    private func connected(_ channel: any Channel) {
        link = .connected(channel)
        missing = channels.count
        let isReconnect = hadConnection
        hadConnection = true
        owner.count {
            $0.connections += 1
            if isReconnect { $0.reconnects += 1 }
        }
        write(["SUBSCRIBE"] + channels.map { .text($0) }, to: channel)
        // A subscriber owes no replies, so only a question shows that the peer is alive.
        let interval = TimeAmount(connector.configuration.stallTimeout)
        isPingUnanswered = false
        pinger = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.ping(channel) }
    }

    private func ping(_ channel: any Channel) {
        guard !isPingUnanswered else {
            logger.debug("redis.stalled")
            return channel.close(promise: nil)
        }
        isPingUnanswered = true
        write(["PING"], to: channel)
    }

    private func write(_ arguments: [RedisArgument], to channel: any Channel) {
        channel.writeAndFlush(ByteBuffer(bytes: CommandEncoder.encode(arguments)), promise: nil)
    }

    private func rest() {
        failedAttempts += 1
        let delay = connector.configuration.backoff.delay(afterAttempt: failedAttempts)
        link = .resting(eventLoop.scheduleTask(in: TimeAmount(delay)) { self.connect() })
    }

    func received(_ reply: RedisValue) {
        isPingUnanswered = false
        guard let parts = reply.array, let kind = parts.first?.string else {
            // An error reply to SUBSCRIBE, such as NOPERM: trying again later is all that can be done.
            if case .connected(let channel) = link { channel.close(promise: nil) }
            return
        }
        switch kind {
        case "subscribe":
            failedAttempts = 0
            missing -= 1
            if missing == 0 { pass(.listening) }
        case "message" where parts.count == 3:
            guard let channel = parts[1].string, let payload = parts[2].bytes else { return }
            pass(.message(RedisMessage(channel: channel, payload: payload)))
        default: break
        }
    }

    private func pass(_ event: RedisSubscription.Event) {
        if case .dropped = continuation.yield(event) { owner.count { $0.droppedMessages += 1 } }
    }

    func receivedBatch() {}

    func connectionClosed(_ error: RedisError) {
        pinger?.cancel()
        pinger = nil
        owner.count { $0.connections -= 1 }
        logger.debug("redis.subscription_lost", metadata: ["error": "\(String(reflecting: error))"])
        if case .shut = link { return }
        rest()
    }

    private func shutDownOnLoop() -> EventLoopFuture<Void> {
        let previous = link
        link = .shut
        owner.remove(self)
        continuation.finish()
        switch previous {
        case .connected(let channel):
            channel.close(promise: nil)
            return channel.closeFuture
        case .resting(let task): task.cancel()
        case .connecting, .shut: break
        }
        return eventLoop.makeSucceededVoidFuture()
    }
}
