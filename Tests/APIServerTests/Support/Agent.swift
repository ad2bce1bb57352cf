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

    /// Sends one message and returns the reply's.
    func send(_ method: String, _ params: JSONObject = [:]) async throws -> JSONValue {
        var params = params
        var headers: FetchHeaders = ["Accept": "application/json, text/event-stream"]
        headers["Origin"] = origin
        if isModern {
            params["_meta"] = [
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": .object(capabilities),
                "io.modelcontextprotocol/clientInfo": ["name": "tests", "version": "1"],
            ]
            headers["MCP-Protocol-Version"] = "2026-07-28"
            headers["Mcp-Method"] = method
            headers["Mcp-Name"] = (params["name"] ?? params["uri"] ?? params["taskId"])?.stringValue
        } else {
            headers["MCP-Protocol-Version"] = "2025-11-25"
        }
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        let reply = try await edge.send("POST", "/mcp", headers, body: message.serializedText, token: token)
        return reply.json
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
