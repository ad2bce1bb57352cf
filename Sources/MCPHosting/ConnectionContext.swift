package import Hummingbird
import NIOCore

/// What the server framework hands over with each request.
package struct ConnectionContext: InitializableFromSource, Sendable {
    private let channel: any Channel

    /// Who is at the other end of the connection: a proxy, where one is in front.
    package var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// The context of a request that came in on the channel of `source`.
    package init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Runs `body` and cancels it when the client goes away.
    package func cancellingOnDisconnect<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
        guard let watch = try? await channel.pipeline.handler(type: ConnectionWatch.self).get() else { return await body() }
        return await withTaskGroup(of: Result?.self) { group in
            group.addTask { await body() }
            group.addTask {
                await watch.waitUntilClosed()
                return nil
            }
            var result: Result?
            while let next = await group.next() {
                // Whoever ends first ends the other: the answer ends the watching, the departure cancels the work.
                group.cancelAll()
                if let next { result = next }
            }
            // One of the two children always returns the body's result.
            return result!
        }
    }

    /// Suspends until the client has gone or the task is cancelled.
    package func waitUntilClosed() async {
        guard let watch = try? await channel.pipeline.handler(type: ConnectionWatch.self).get() else {
            // Nobody would notice: only the caller's own end is left to wait for.
            try? await Task.sleep(for: .seconds(Int64.max / 4))
            return
        }
        await watch.waitUntilClosed()
    }
}
