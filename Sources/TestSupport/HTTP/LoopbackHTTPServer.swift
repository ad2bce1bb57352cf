import NIOCore
import NIOHTTP1
import NIOPosix
import Primitives

/// A real HTTP/1.1 server on 127.0.0.1 whose answers a closure gives: for clients, crawlers and connectors under test.
///
/// ```swift
/// try await LoopbackHTTPServer.withServer { request in
///     request.path == "/slow" ? .streaming { try await $0.write("half"); await $0.abort() } : .text("hello")
/// } body: { server in … "\(server.url)/slow" … }
/// ```
package final class LoopbackHTTPServer: Sendable {
    /// Answers one request. It may take as long as it likes; its task is cancelled when the client goes away or the server stops.
    package typealias Handler = @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse

    /// The TCP port.
    package let port: Int
    private let channel: any Channel
    private let record: Locked<[HTTPServerRequest]>
    private let connections: Locked<Set<ObjectIdentifier>>

    private init(
        channel: any Channel, port: Int, record: Locked<[HTTPServerRequest]>, connections: Locked<Set<ObjectIdentifier>>
    ) {
        self.channel = channel
        self.port = port
        self.record = record
        self.connections = connections
    }

    /// Runs `body` beside a server and stops it afterwards, closing every connection.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - handler: answers each request; an error that it throws becomes a 500 with the error as text.
    package static func withServer<Result>(
        port: Int = 0, handler: @escaping Handler, body: (LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        let record = Locked<[HTTPServerRequest]>([])
        let connections = Locked<Set<ObjectIdentifier>>([])
        let children = Locked<[any Channel]>([])
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try child.pipeline.syncOperations.addHandler(RequestHandler(handler: handler, record: record))
                    let identifier = ObjectIdentifier(child)
                    connections.withLock { _ = $0.insert(identifier) }
                    children.withLock { $0.append(child) }
                    child.closeFuture.whenComplete { _ in
                        connections.withLock { _ = $0.remove(identifier) }
                        children.withLock { $0.removeAll { ObjectIdentifier($0) == identifier } }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let server = LoopbackHTTPServer(
            channel: channel, port: channel.localAddress?.port ?? port, record: record, connections: connections)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        // Callbacks and no `await`: in a cancelled task too the port must be free when this returns.
        await withCheckedContinuation { continuation in channel.close().whenComplete { _ in continuation.resume() } }
        for child in children.withLock(\.self) { child.close(promise: nil) }
        return try result.get()
    }

    /// The address without a path, for example `http://127.0.0.1:40123`.
    package var url: String { "http://127.0.0.1:\(port)" }
    /// Every request received so far, in order.
    package var requests: [HTTPServerRequest] { record.withLock { $0 } }
    /// How many connections are open now.
    package var openConnections: Int { connections.withLock(\.count) }
}
