/// An answer for any HTTP server to send.
public struct MCPHTTPResponse: Sendable {
    /// What follows the headers.
    public enum Body: Sendable {
        /// All of it; may be empty.
        case bytes([UInt8])
        /// Server-sent events that come while the request is worked on.
        case events(MCPEventStream)
    }

    /// The status code.
    public let status: Int
    /// The headers, without `Content-Length`.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: Body

    /// The body when it is complete already; nil for a stream.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = body { bytes } else { nil }
    }

    /// The first value of the header `name`, which is compared as written.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    static func json(_ value: JSONValue, status: Int, headers: [(name: String, value: String)] = []) -> MCPHTTPResponse {
        MCPHTTPResponse(status: status, headers: [("Content-Type", "application/json")] + headers, body: .bytes(value.serialized))
    }

    static func empty(status: Int, headers: [(name: String, value: String)] = []) -> MCPHTTPResponse {
        MCPHTTPResponse(status: status, headers: headers, body: .bytes([]))
    }

    static func events(_ stream: MCPEventStream) -> MCPHTTPResponse {
        // Proxies that buffer would hold the events back until the end.
        let headers = [
            (name: "Content-Type", value: "text/event-stream"), (name: "Cache-Control", value: "no-cache"),
            (name: "X-Accel-Buffering", value: "no"),
        ]
        return MCPHTTPResponse(status: 200, headers: headers, body: .events(stream))
    }
}
