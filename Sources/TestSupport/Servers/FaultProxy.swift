import NIOCore
import NIOPosix
import Primitives

/// Forwards TCP connections on loopback to a server, well or badly: between a process and what it depends on.
package final class FaultProxy: Sendable {
    /// How it treats its connections, from now on and the open ones too.
    package enum Temper: Sendable, Equatable {
        /// Forwards.
        case fair
        /// Forwards late, in both directions.
        case slow(milliseconds: Int64)
        /// Takes connections and bytes and forwards nothing: a network that drops packets.
        case silent
        /// Forwards this many more bytes to the server, over all connections, and then closes every connection: a machine that goes in the
        /// middle of something.
        case cut(after: Int)
        /// Closes every connection at once: a machine without the server.
        case refusing
    }

    /// What the server listens on.
    package enum Server: Sendable {
        case unix(String)
        case loopback(Int)
    }

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let state: Locked<State>

    fileprivate struct State {
        var temper = Temper.fair
        /// Whether it once went by itself.
        var wasCut = false
        var open: [ObjectIdentifier: any Channel] = [:]
    }

    private init(group: MultiThreadedEventLoopGroup, channel: any Channel, state: Locked<State>) {
        (self.group, self.channel, self.state) = (group, channel, state)
    }

    /// Whether a ``Temper/cut(after:)`` has come to its end since it was asked for.
    package var wasCut: Bool { state.withLock(\.wasCut) }

    /// The port on 127.0.0.1.
    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Changes the temper; one that refuses also closes what is open.
    package func turn(_ temper: Temper) {
        let open = state.withLock { state in
            state.temper = temper
            state.wasCut = false
            return Array(state.open.values)
        }
        if temper == .refusing { for channel in open { channel.close(promise: nil) } }
    }

    /// Runs `body` with a proxy in front of `server`.
    package static func with<Result>(_ server: Server, _ body: (FaultProxy) async throws -> Result) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let state = Locked(State())
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .childChannelInitializer { client in
                guard state.withLock({ $0.temper }) != .refusing else { return client.close() }
                let bootstrap = ClientBootstrap(group: client.eventLoop)
                let upstream =
                    switch server {
                    case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
                    case .loopback(let port): bootstrap.connect(host: "127.0.0.1", port: port)
                    }
                return upstream.flatMapThrowing { upstream in
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: upstream, state, counts: true))
                    try upstream.pipeline.syncOperations.addHandler(Forwarder(to: client, state, counts: false))
                }.flatMapError { _ in client.close() }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = FaultProxy(group: group, channel: channel, state: state)
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
    private let state: Locked<FaultProxy.State>
    /// Whether its bytes are those to the server.
    private let counts: Bool

    init(to other: any Channel, _ state: Locked<FaultProxy.State>, counts: Bool) {
        (self.other, self.state, self.counts) = (other, state, counts)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        state.withLock { $0.open[ObjectIdentifier(channel)] = channel }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        switch state.withLock({ $0.temper }) {
        case .fair: other.writeAndFlush(bytes, promise: nil)
        case .slow(let milliseconds):
            let other = other
            // Both channels share one loop, which keeps the order.
            context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { other.writeAndFlush(bytes, promise: nil) }
        case .silent: break
        case .cut(let rest):
            guard counts else {
                other.writeAndFlush(bytes, promise: nil)
                return
            }
            let open = state.withLock { state -> [any Channel] in
                state.temper = bytes.readableBytes < rest ? .cut(after: rest - bytes.readableBytes) : .refusing
                guard state.temper == .refusing else { return [] }
                state.wasCut = true
                return Array(state.open.values)
            }
            guard !open.isEmpty else {
                other.writeAndFlush(bytes, promise: nil)
                return
            }
            // What there was room for still gets there.
            other.writeAndFlush(bytes.getSlice(at: bytes.readerIndex, length: rest) ?? bytes, promise: nil)
            for channel in open { channel.close(promise: nil) }
        case .refusing: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let identifier = ObjectIdentifier(context.channel)
        state.withLock { _ = $0.open.removeValue(forKey: identifier) }
        other.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
