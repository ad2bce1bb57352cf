import NIOCore
import NIOPosix
import Primitives

/// Forwards TCP connections on loopback to another port and changes on the way how, or what, arrives.
final class MeddlingProxy: Sendable {
    /// What a connection's bytes become: pieces that are sent one by one. Called in order for each direction.
    typealias Meddler = @Sendable (_ bytes: [UInt8], _ fromServer: Bool) -> [[UInt8]]

    /// Runs `body` with the port of a proxy for `port` of 127.0.0.1.
    static func with(port: Int, _ meddler: @escaping Meddler, _ body: (Int) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: port).flatMapThrowing { upstream in
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: upstream) { meddler($0, false) })
                    try upstream.pipeline.syncOperations.addHandler(Forwarder(to: client) { meddler($0, true) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do { result = .success(try await body(server.localAddress?.port ?? 0)) } catch { result = .failure(error) }
        try await group.shutdownGracefully()
        try result.get()
    }
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let meddler: ([UInt8]) -> [[UInt8]]

    init(to other: any Channel, _ meddler: @escaping ([UInt8]) -> [[UInt8]]) { (self.other, self.meddler) = (other, meddler) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for piece in meddler(Array(unwrapInboundIn(data).readableBytesView)) {
            other.writeAndFlush(ByteBuffer(bytes: piece), promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
