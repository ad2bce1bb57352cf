import Domain
import Hummingbird
import NIOCore
import Primitives

/// What a request may have at most.
struct RequestLimits: Sendable {
    /// Bytes of a body.
    let body: ByteCount
    /// Bytes of one header with its name.
    let header = 16 << 10
    /// Bytes of all headers together.
    let headers = 32 << 10
    /// Headers.
    let headerCount = 100
    /// Bytes of path and query.
    let target = 32 << 10
    /// Until the body is complete.
    let bodyTimeout = Duration.seconds(30)

    init(body: ByteCount = .mebibytes(1)) { self.body = body }

    /// - Throws: ``EdgeFailure`` with 413, 414 or 431.
    func check(_ head: HTTPRequest) throws(EdgeFailure) {
        guard (head.path?.utf8.count ?? 0) <= target else { throw .tooLarge("path", limit: "\(target) bytes", status: 414) }
        guard head.headerFields.count <= headerCount else { throw .tooLarge("headers", limit: "\(headerCount) headers", status: 431) }
        var total = 0
        for field in head.headerFields {
            let size = field.name.rawName.utf8.count + field.value.utf8.count
            guard size <= header else { throw .tooLarge(field.name.rawName, limit: "\(header) bytes", status: 431) }
            total += size
        }
        guard total <= headers else { throw .tooLarge("headers", limit: "\(headers) bytes", status: 431) }
        if let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length > body.bytes {
            throw .tooLarge("body", limit: "\(body.bytes) bytes")
        }
    }

    /// The whole body of `request`.
    /// - Throws: ``EdgeFailure`` with 413; ``Fault`` of category `timeout` for a client that sends too slowly.
    func body(of request: Request) async throws -> [UInt8] {
        // Without either header there is no body, and no reason to set a timer.
        guard request.headers[.contentLength].map({ $0 != "0" }) ?? request.headers.contains(.transferEncoding) else { return [] }
        let source = request.body
        let bytes = await TimeLimits.shared.run(CancellableWork(), until: .after(bodyTimeout)) {
            await Result { () async throws -> [UInt8] in
                var bytes: [UInt8] = []
                for try await part in source {
                    guard bytes.count + part.readableBytes <= body.bytes else {
                        throw EdgeFailure.tooLarge("body", limit: "\(body.bytes) bytes")
                    }
                    bytes.append(contentsOf: part.readableBytesView)
                }
                return bytes
            }
        }
        guard let bytes else {
            throw EdgeFailure(
                fault: Fault(
                    .timeout, code: "E_SLOW_BODY", "The body did not arrive in time.", field: "body",
                    limit: "\(Int(bodyTimeout.seconds)) s", hint: "Send it faster, or in parts."),
                status: 408, headers: [.connection: "close"])
        }
        return try bytes.get()
    }
}
