import Logging
import NIOCore
import Primitives

/// The live subscriptions of a client.
final class SubscriptionSet: Sendable {
    struct Counters {
        var connections = 0
        var reconnects = 0
        var droppedMessages = 0
    }

    private struct State {
        var feeds: [ObjectIdentifier: SubscriptionFeed] = [:]
        var counters = Counters()
        var isShut = false
    }

    private let connector: Connector
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = Locked(State())

    init(connector: Connector, group: any EventLoopGroup, logger: Logger) {
        self.connector = connector
        self.group = group
        self.logger = logger
    }

    var counters: Counters { state.withLock { $0.counters } }

    func count(_ change: (inout Counters) -> Void) { state.withLock { change(&$0.counters) } }

    func subscribe(to channels: [String], bufferLimit: Int) -> RedisSubscription {
        let (stream, continuation) = AsyncStream.makeStream(
            of: RedisSubscription.Event.self, bufferingPolicy: .bufferingNewest(max(1, bufferLimit)))
        let feed = SubscriptionFeed(
            channels: channels, connector: connector, eventLoop: group.next(), continuation: continuation, owner: self, logger: logger)
        let isOpen = state.withLock { state in
            guard !state.isShut else { return false }
            state.feeds[ObjectIdentifier(feed)] = feed
            return true
        }
        guard isOpen else {
            continuation.finish()
            return RedisSubscription(stream: stream)
        }
        continuation.onTermination = { [weak feed] _ in _ = feed?.shutDown() }
        feed.start()
        return RedisSubscription(stream: stream)
    }

    func remove(_ feed: SubscriptionFeed) { state.withLock { $0.feeds[ObjectIdentifier(feed)] = nil } }

    func shutDown() -> [EventLoopFuture<Void>] {
        let feeds = state.withLock { state in
            state.isShut = true
            return Array(state.feeds.values)
        }
        return feeds.map { $0.shutDown() }
    }
}
