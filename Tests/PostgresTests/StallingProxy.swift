import NIOCore
import NIOPosix
import Primitives

/// Forwards TCP connections on loopback to a Unix socket, until it is told to swallow what comes.
final class StallingProxy: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let server: any Channel
    private let isStalled: Locked<Bool>

    private init(group: MultiThreadedEventLoopGroup, server: any Channel, isStalled: Locked<Bool>) {
        (self.group, self.server, self.isStalled) = (group, server, isStalled)
    }

    /// The port on 127.0.0.1.
    var port: Int { server.localAddress?.port ?? 0 }

    /// From now on both directions swallow their bytes, or forward again.
    func stall(_ stalls: Bool) { isStalled.withLock { $0 = stalls } }

    static func with<Result>(socket: String, _ body: (StallingProxy) async throws -> Result) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let isStalled = Locked(false)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop).connect(unixDomainSocketPath: socket).flatMapThrowing { upstream in
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: upstream, isStalled: isStalled))
                    try upstream.pipeline.syncOperations.addHandler(Forwarder(to: client, isStalled: isStalled))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = StallingProxy(group: group, server: server, isStalled: isStalled)
        do {
            let result = try await body(proxy)
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let isStalled: Locked<Bool>

    init(to other: any Channel, isStalled: Locked<Bool>) { (self.other, self.isStalled) = (other, isStalled) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isStalled.withLock({ $0 }) else { return }
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
