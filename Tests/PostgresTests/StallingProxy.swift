import NIOCore
import NIOPosix
import Primitives

/// Forwards TCP connections on loopback to a Unix socket, until it is told to swallow what comes.
final class StallingProxy: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let server: any Channel
    private let state: Locked<Stall>

    struct Stall {
        var isOn = false
        /// What comes with this turns it on.
        var trigger: String?
    }

    private init(group: MultiThreadedEventLoopGroup, server: any Channel, state: Locked<Stall>) {
        (self.group, self.server, self.state) = (group, server, state)
    }

    /// The port on 127.0.0.1.
    var port: Int { server.localAddress?.port ?? 0 }

    /// From now on both directions swallow their bytes, or forward again.
    func stall(_ stalls: Bool) { state.withLock { $0.isOn = stalls } }

    var isStalled: Bool { state.withLock { $0.isOn } }

    /// Swallows everything from the first bytes on that contain `text`.
    func stall(at text: String) { state.withLock { $0.trigger = text } }

    static func with<Result>(socket: String, _ body: (StallingProxy) async throws -> Result) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let state = Locked(Stall())
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop).connect(unixDomainSocketPath: socket).flatMapThrowing { upstream in
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: upstream, state: state))
                    try upstream.pipeline.syncOperations.addHandler(Forwarder(to: client, state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = StallingProxy(group: group, server: server, state: state)
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
    private let state: Locked<StallingProxy.Stall>

    init(to other: any Channel, state: Locked<StallingProxy.Stall>) { (self.other, self.state) = (other, state) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        let isStalled = state.withLock { state in
            if let trigger = state.trigger, String(buffer: bytes).contains(trigger) { state.isOn = true }
            return state.isOn
        }
        if !isStalled { other.writeAndFlush(bytes, promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
