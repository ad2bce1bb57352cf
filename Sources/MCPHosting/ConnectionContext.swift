package import Hummingbird
import NIOCore
package import Primitives

/// What the server framework hands over with each request.
package struct ConnectionContext: InitializableFromSource, Sendable {
    private let channel: any Channel

    /// Who is at the other end of the connection: a proxy, where one is in front.
    package var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// The context of a request that came in on the channel of `source`.
    package init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Runs `body` and cancels it when the client goes away.
    package func cancellingOnDisconnect<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
        let work = CancellableWork()
        return await cancellingOnDisconnect(work) { await work.run(body) }
    }

    /// Runs `body`, which runs `work`, and cancels that when the client goes away.
    package func cancellingOnDisconnect<Result: Sendable>(_ work: CancellableWork, _ body: () async -> Result) async -> Result {
        guard let watch = ConnectionWatch.of(channel) else { return await body() }
        return await watch.run(work, body)
    }

    /// Suspends until the client has gone or the task is cancelled.
    package func waitUntilClosed() async {
        guard let watch = ConnectionWatch.of(channel) else {
            // Nobody would notice: only the caller's own end is left to wait for.
            try? await Task.sleep(for: .seconds(Int64.max / 4))
            return
        }
        await watch.waitUntilClosed()
    }
}
