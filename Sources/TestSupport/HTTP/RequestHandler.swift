import NIOCore
import NIOHTTP1
import Primitives

/// Collects one request at a time and sends the closure's answer. The pipelining handler before it holds back the next request until then.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handler: LoopbackHTTPServer.Handler
    private let record: Locked<[HTTPServerRequest]>
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var task: Task<Void, Never>?

    init(handler: @escaping LoopbackHTTPServer.Handler, record: Locked<[HTTPServerRequest]>) {
        self.handler = handler
        self.record = record
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        case .body(let buffer): body += buffer.readableBytesView
        case .end: finish(on: context.channel)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        task?.cancel()
        context.fireChannelInactive()
    }

    private func finish(on channel: any Channel) {
        guard let head else { return }
        let request = HTTPServerRequest(
            method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: body)
        record.withLock { $0.append(request) }
        let isKeptAlive = head.isKeepAlive
        // Cancelled when the connection closes, and it owns nothing but that connection.
        task = Self.answer(request, isKeptAlive: isKeptAlive, on: channel, with: handler)
    }

    private static func answer(
        _ request: HTTPServerRequest, isKeptAlive: Bool, on channel: any Channel, with handler: @escaping LoopbackHTTPServer.Handler
    ) -> Task<Void, Never> {
        Task {
            do {
                try await send(response(to: request, by: handler), to: request, isKeptAlive: isKeptAlive, on: channel)
                if !isKeptAlive { channel.close(promise: nil) }
            } catch { channel.close(promise: nil) }
        }
    }

    private static func response(
        to request: HTTPServerRequest, by handler: LoopbackHTTPServer.Handler
    ) async throws(CancellationError) -> HTTPServerResponse {
        do { return try await handler(request) } catch let error as CancellationError { throw error } catch {
            return .text("\(error)", status: 500)
        }
    }

    private static func send(
        _ response: HTTPServerResponse, to request: HTTPServerRequest, isKeptAlive: Bool, on channel: any Channel
    ) async throws {
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        let length: Int? =
            switch response.body {
            case .bytes(let bytes): bytes.count
            case .streaming(let length, _): length
            }
        if !headers.contains(name: "content-length") {
            if let length, response.status != 304, response.status != 204 {
                headers.add(name: "content-length", value: "\(length)")
            }
        }
        if !isKeptAlive { headers.replaceOrAdd(name: "connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: headers)
        try await channel.writeAndFlush(HTTPServerResponsePart.head(head)).get()
        if request.method != "HEAD" {
            switch response.body {
            case .bytes(let bytes):
                if !bytes.isEmpty { try await HTTPBodyWriter(channel: channel).write(bytes) }
            case .streaming(_, let producer): try await producer(HTTPBodyWriter(channel: channel))
            }
        }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
    }
}
