import NIOCore
import NIOPosix
import Primitives
import TestSupport
import Testing

@testable import APIServer

/// A connection that sends what it is told, as slowly as it is told.
private final class RawClient: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let closed = Expectation()
    let received = Locked("")

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let text = buffer.readString(length: buffer.readableBytes) ?? ""
        received.withLock { $0 += text }
    }

    func channelInactive(context: ChannelHandlerContext) { closed.fulfill() }

    static func connect(_ edge: Edge) async throws -> (client: RawClient, channel: any Channel) {
        let client = RawClient()
        let port = try #require(Int(edge.url.split(separator: ":").last ?? ""))
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(client) }
            .connect(host: "127.0.0.1", port: port).get()
        return (client, channel)
    }
}

extension Channel {
    fileprivate func send(_ text: String) async throws { try await writeAndFlush(ByteBuffer(string: text)).get() }
}

@Suite struct `Slow clients` {
    private func withShortPatience(_ body: (Edge) async throws -> Void) async throws {
        var options = Edge.Options()
        options.idleTimeout = .seconds(1)
        try await Edge.with(options, body)
    }

    @Test func `Who sends a head byte by byte is cut off, and others are served meanwhile`() async throws {
        try await withShortPatience { edge in
            var clients: [(client: RawClient, channel: any Channel)] = []
            for _ in 0..<50 { clients.append(try await RawClient.connect(edge)) }
            // One that was cut off already takes nothing more.
            for (_, channel) in clients { try? await channel.send("GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ") }
            // Each keeps its connection busy until it is closed: no byte of a head that never ends counts as a sign of life.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (client, channel) in clients {
                    group.addTask {
                        while (try? await channel.send("a")) != nil {
                            try await channel.eventLoop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
                        }
                        try await client.closed.fulfillment(1)
                    }
                }
                #expect(try await edge.get("/v1/libraries").status == 200)
                try await group.waitForAll()
            }
            #expect(try await edge.get("/v1/libraries").status == 200)
            #expect(clients.allSatisfy { $0.client.received.withLock(\.self).isEmpty })
        }
    }

    @Test func `Who says nothing at all is cut off`() async throws {
        try await withShortPatience { edge in
            let (client, _) = try await RawClient.connect(edge)
            try await client.closed.fulfillment(1)
        }
    }
}
