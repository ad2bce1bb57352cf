/// What the ``LoopbackHTTPServer`` sends back.
package struct HTTPServerResponse: Sendable {
    /// Sends a body piece by piece.
    package typealias Producer = @Sendable (HTTPBodyWriter) async throws -> Void

    enum Body: Sendable {
        case bytes([UInt8])
        case streaming(length: Int?, Producer)
    }

    /// 100 to 599.
    package var status: Int
    /// Sent as they are; `content-length` is added for a body of known length unless given.
    package var headers: [(name: String, value: String)]
    let body: Body

    init(status: Int, headers: [(name: String, value: String)], body: Body) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// A body that is known whole.
    package static func bytes(_ bytes: [UInt8], status: Int = 200, headers: [(name: String, value: String)] = []) -> Self {
        HTTPServerResponse(status: status, headers: headers, body: .bytes(bytes))
    }

    /// Text in UTF-8.
    package static func text(_ text: String, type: String = "text/plain; charset=utf-8", status: Int = 200) -> Self {
        .bytes(Array(text.utf8), status: status, headers: [("content-type", type)])
    }

    /// An HTML page in UTF-8.
    package static func html(_ text: String, status: Int = 200) -> Self { .text(text, type: "text/html; charset=utf-8", status: status) }

    /// A JSON document.
    package static func json(_ text: String, status: Int = 200) -> Self { .text(text, type: "application/json", status: status) }

    /// A status without a body.
    package static func status(_ status: Int, headers: [(name: String, value: String)] = []) -> Self {
        .bytes([], status: status, headers: headers)
    }

    /// A redirect.
    package static func redirect(to location: String, status: Int = 302) -> Self { .status(status, headers: [("location", location)]) }

    /// A body made while it is sent: slow, endless, huge, or cut off by ``HTTPBodyWriter/abort()``.
    ///
    /// - Parameter length: announced as `content-length`, whether or not that is what `producer` then sends; nil sends chunks.
    package static func streaming(
        status: Int = 200, headers: [(name: String, value: String)] = [], length: Int? = nil, _ producer: @escaping Producer
    ) -> Self {
        HTTPServerResponse(status: status, headers: headers, body: .streaming(length: length, producer))
    }
}
