import Logging
import NIOCore
import NIOPosix
import Primitives
import Redis
import TestSupport
import Testing

/// Peers that are no Redis.
@Suite struct StrangePeerTests {
    /// Answers everything it is sent with the same bytes.
    private final class Parrot: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var answers: [String]

        init(answers: [String]) { self.answers = answers }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !answers.isEmpty else { return context.close(promise: nil) }
            let answer = answers.removeFirst()
            if !answer.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil) }
        }
    }

    private static let greeting = "*2\r\n$6\r\nserver\r\n$5\r\nredis\r\n"

    private func withPeer(
        _ answers: [String], _ change: (inout RedisConfiguration) -> Void = { _ in }, _ body: (RedisClient) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Parrot(answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var configuration = RedisConfiguration(endpoint: .tcp(host: "127.0.0.1", port: server.localAddress?.port ?? 0))
        change(&configuration)
        let client = RedisClient(configuration: configuration, logger: Logger(label: "test"))
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutDown()
        try await server.close()
        try result.get()
    }

    @Test(arguments: ["garbage\r\n", "+PONG\r\n!", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"])
    func `garbage after the login closes the connection`(_ garbage: String) async throws {
        try await withPeer([Self.greeting, garbage]) { client in
            let error = try? await client.command("PING")
            if garbage.hasPrefix("+PONG") { #expect(error == .status("PONG")) } else { #expect(error == nil) }
            try await eventually { !client.metrics.isConnected }
        }
    }

    @Test func `a reply that is garbage is a protocol error`() async throws {
        try await withPeer([Self.greeting, "garbage\r\n"]) { client in
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test func `a reply that nobody asked for closes the connection`() async throws {
        try await withPeer([Self.greeting, "+PONG\r\n+PONG\r\n"]) { client in
            try await client.ping()
            try await eventually { !client.metrics.isConnected }
        }
    }

    @Test func `a peer that speaks another protocol never logs in`() async throws {
        try await withPeer(["HTTP/1.1 400 Bad Request\r\n\r\n"]) { client in
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.code == .protocolViolation)
        }
    }

    @Test func `a peer that never answers the login is given up`() async throws {
        try await withPeer([""], { $0.connectTimeout = .milliseconds(50) }) { client in
            let error = await #expect(throws: RedisError.self) { try await client.ping(deadline: .after(.seconds(2))) }
            #expect(error?.code == .connection)
            #expect((error?.underlying as? RedisError)?.code == .timeout)
        }
    }

    @Test func `a reply of the wrong shape is an error of its own and keeps the connection`() async throws {
        try await withPeer([Self.greeting, "+what\r\n", ":5\r\n"]) { client in
            let error = await #expect(throws: RedisError.self) { try await client.streamLength("s") }
            #expect(error?.code == .unexpectedReply)
            let length = try await client.streamLength("s")
            #expect(length == 5)
        }
    }
}
