package import Logging
package import NIOCore
import NIOPosix
package import Primitives

/// A Redis client: one shared connection on which commands of all callers are pipelined, connections of their own for blocking commands and
/// subscriptions.
///
/// Connects with the first command and again after a loss. All methods may be called from any task; they suspend, never block. Every command
/// has a deadline; cancellation gives up the wait at once, while the command may still run on the server.
package final class RedisClient: Sendable {
    /// What the client was made with.
    package let configuration: RedisConfiguration
    private let connector: Connector
    private let shared: Lane
    private let dedicated: DedicatedLanes
    private let subscriptions: SubscriptionSet
    /// What servers call the scripts that have been run: the digest of the text, so it is the same on each of them.
    let scriptDigests = Locked<[RedisScript: String]>([:])

    /// Makes a client; nothing is connected yet. Call `shutDown()` when done.
    package init(
        configuration: RedisConfiguration, logger: Logger, eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        let connector = Connector(configuration: configuration)
        self.connector = connector
        shared = Lane(
            connector: connector, eventLoop: eventLoopGroup.next(), stallTimeout: configuration.stallTimeout, logger: logger)
        dedicated = DedicatedLanes(connector: connector, group: eventLoopGroup, logger: logger)
        subscriptions = SubscriptionSet(connector: connector, group: eventLoopGroup, logger: logger)
    }

    deinit {
        // Sockets are owned by the event loop, so a client that is merely let go would leave them open.
        _ = closeAll()
    }

    /// Sends any command that does not block the server and returns its reply.
    /// - Parameters:
    ///   - arguments: the name of the command and its arguments.
    ///   - deadline: nil for `commandTimeout` from now.
    /// - Throws: `RedisError`; `.server` for an error reply.
    package func command(_ arguments: [RedisArgument], deadline: Deadline? = nil) async throws(RedisError) -> RedisValue {
        try await shared.perform(arguments, deadline: deadline ?? .within(configuration.commandTimeout))
    }

    /// As above with the arguments in a row.
    package func command(_ arguments: RedisArgument..., deadline: Deadline? = nil) async throws(RedisError) -> RedisValue {
        try await command(arguments, deadline: deadline)
    }

    /// Sends a command that waits on the server, such as `XREADGROUP … BLOCK` or `BLPOP`, on a connection of its own.
    ///
    /// Cancellation closes that connection. What the server had just handed out is then unread: stream entries stay pending in their group.
    /// - Parameter block: how long the server may wait, as said in the arguments; the deadline is `commandTimeout` later.
    package func blockingCommand(_ arguments: [RedisArgument], block: Duration) async throws(RedisError) -> RedisValue {
        try await dedicated.perform(arguments, deadline: .after(block + configuration.commandTimeout))
    }

    /// Listens on `channels` (not empty) until the returned sequence, and every iterator of it, is let go, or the client is shut down.
    /// - Parameter bufferLimit: events kept for a slow reader, at least 1; when full the oldest are dropped and counted in the metrics.
    package func subscribe(to channels: [String], bufferLimit: Int = 1024) -> RedisSubscription {
        subscriptions.subscribe(to: channels, bufferLimit: bufferLimit)
    }

    /// Counters and gauges of this moment.
    package var metrics: RedisMetrics {
        let main = shared.counters
        let lanes = [main] + dedicated.counters
        let listening = subscriptions.counters
        return RedisMetrics(
            isConnected: main.isConnected,
            connections: lanes.count { $0.isConnected } + listening.connections,
            pending: lanes.reduce(0) { $0 + $1.pending },
            inFlight: lanes.reduce(0) { $0 + $1.inFlight },
            reconnects: lanes.reduce(0) { $0 + $1.reconnects } + listening.reconnects,
            commands: lanes.reduce(0) { $0 + $1.commands },
            timeouts: lanes.reduce(0) { $0 + $1.timeouts },
            failures: lanes.reduce(0) { $0 + $1.failures },
            droppedMessages: listening.droppedMessages)
    }

    /// Makes connections from now on where and as whom `other` says; what is connected stays. All else stays as it was.
    /// - Returns: false when that is so already.
    package func readdress(_ other: RedisConfiguration) -> Bool { connector.readdress(other) }

    /// Closes every connection. Waiting commands, and all later ones, fail with `.closed`; subscriptions end. May be called twice.
    package func shutDown() async {
        for closed in closeAll() {
            // A lane's shutdown future does not fail.
            try? await closed.get()
        }
    }

    private func closeAll() -> [EventLoopFuture<Void>] {
        [shared.shutDown()] + dedicated.shutDown() + subscriptions.shutDown()
    }
}
