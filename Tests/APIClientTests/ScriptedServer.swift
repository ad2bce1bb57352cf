import NIOCore
import NIOHTTP1
import NIOPosix
import Primitives

/// An HTTP server on a loopback port that answers every request by `answer` and keeps what it was asked.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        let method: String
        let uri: String
        let headers: [String: String]
        let body: [UInt8]
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = "{}"
    }

    private let channel: any Channel
    private let seen: Locked<[Request]>

    private init(channel: any Channel, seen: Locked<[Request]>) { (self.channel, self.seen) = (channel, seen) }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    var requests: [Request] { seen.withLock { $0 } }

    static func with<Result>(
        _ answer: @escaping @Sendable (Request) -> Answer, _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let seen = Locked<[Request]>([])
        let channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer, seen: seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel: channel, seen: seen)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (Request) -> Answer
        private let seen: Locked<[Request]>
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(answer: @escaping @Sendable (Request) -> Answer, seen: Locked<[Request]>) { (self.answer, self.seen) = (answer, seen) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, [])
            case .body(let buffer): body += buffer.readableBytesView
            case .end: reply(context)
            }
        }

        private func reply(_ context: ChannelHandlerContext) {
            guard let head else { return }
            let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
            let request = Request(method: head.method.rawValue, uri: head.uri, headers: headers, body: body)
            seen.withLock { $0.append(request) }
            let answer = answer(request)
            var fields = HTTPHeaders(answer.headers)
            fields.add(name: "Content-Length", value: String(answer.body.utf8.count))
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: fields))),
                promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
