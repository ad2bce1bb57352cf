import Domain
import Fetch
import MCP

/// Speaks to `/mcp` as a client of either era does.
struct Agent: Sendable {
    let edge: Edge
    var token: String? = Edge.token
    var isModern = true
    /// What the client can do, in the modern era.
    var capabilities: JSONObject = [:]
    var origin: String?
    /// Under which name the client wants to hear of progress.
    var progressToken: JSONValue?

    /// Sends one message and returns the reply's.
    func send(_ method: String, _ params: JSONObject = [:]) async throws -> JSONValue {
        let (headers, body) = message(method, params)
        return try await edge.send("POST", "/mcp", headers, body: body, token: token).json
    }

    /// Opens a subscription and hands over what it says, from the acknowledgment on.
    func listening<Result>(_ filter: JSONObject, _ body: (inout Messages) async throws -> Result) async throws -> Result {
        try await streaming("subscriptions/listen", ["notifications": .object(filter)]) { messages in
            let first = try await messages.next()
            guard first?["method"] == "notifications/subscriptions/acknowledged" else {
                throw Fault.unavailable("the subscription", "It was refused: \(first ?? .null).")
            }
            return try await body(&messages)
        }
    }

    /// Sends one message and hands over the stream that answers it; the client leaves when `body` returns.
    ///
    /// - Parameter address: of another server than the edge.
    func streaming<Result>(
        _ method: String, _ params: JSONObject, at address: String? = nil, _ body: (inout Messages) async throws -> Result
    ) async throws -> Result {
        var (headers, text) = message(method, params)
        headers["Authorization"] = "Bearer \(token ?? "")"
        headers["Content-Type"] = "application/json"
        let stream = try await edge.fetcher.stream(
            FetchRequest("POST", "\(address ?? edge.url)/mcp", headers: headers, body: Array(text.utf8), totalTimeout: nil))
        guard stream.head.status == 200, stream.head.headers["Content-Type"] == "text/event-stream" else {
            throw Fault.unavailable("the stream", "The answer is no stream: \(stream.head.status).")
        }
        var messages = Messages(stream.body.makeAsyncIterator())
        return try await body(&messages)
    }

    /// The messages of a stream of events.
    struct Messages {
        private var chunks: FetchBody.Iterator
        private var lines: [Substring] = []
        private var rest = ""

        init(_ chunks: FetchBody.Iterator) { self.chunks = chunks }

        /// The next message; nil at the end.
        mutating func next() async throws -> JSONValue? {
            while true {
                while !lines.isEmpty {
                    let line = lines.removeFirst()
                    if line.hasPrefix("data: ") { return try JSONValue(parsing: Array(line.dropFirst(6).utf8)) }
                }
                guard let chunk = try await chunks.next() else { return nil }
                let parts = (rest + String(decoding: chunk, as: UTF8.self)).split(separator: "\n", omittingEmptySubsequences: false)
                (lines, rest) = (Array(parts.dropLast()), String(parts.last ?? ""))
            }
        }
    }

    /// Headers and body of a message.
    private func message(_ method: String, _ params: JSONObject) -> (headers: FetchHeaders, body: String) {
        var params = params
        var headers: FetchHeaders = ["Accept": "application/json, text/event-stream"]
        headers["Origin"] = origin
        if isModern {
            var meta: JSONObject = [
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": .object(capabilities),
                "io.modelcontextprotocol/clientInfo": ["name": "tests", "version": "1"],
            ]
            meta["progressToken"] = progressToken
            params["_meta"] = .object(meta)
            headers["MCP-Protocol-Version"] = "2026-07-28"
            headers["Mcp-Method"] = method
            headers["Mcp-Name"] = (params["name"] ?? params["uri"] ?? params["taskId"])?.stringValue
        } else {
            headers["MCP-Protocol-Version"] = "2025-11-25"
        }
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        return (headers, message.serializedText)
    }

    /// Calls a tool.
    func call(_ tool: String, _ arguments: JSONObject) async throws -> JSONValue {
        try await send("tools/call", ["name": .string(tool), "arguments": .object(arguments)])
    }

    /// The structured result of a tool that succeeds.
    func result(_ tool: String, _ arguments: JSONObject) async throws -> JSONValue {
        try await call(tool, arguments)["result"]?["structuredContent"] ?? .null
    }

    /// The names that the list shows.
    func toolNames() async throws -> [String] {
        try await send("tools/list")["result"]?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }
}

extension JSONValue {
    /// Whether it is the reply of a tool that failed.
    var isToolError: Bool { self["result"]?["isError"] == true }
    /// The first text of a tool's reply.
    var toolText: String { self["result"]?["content"]?[0]?["text"]?.stringValue ?? "" }
}
