import Fetch
import FoundationEssentials
import MCP
import Primitives

/// Raw JSON-RPC to the stack's MCP endpoint, in either era and without any state.
struct MCPConnection: Sendable {
    enum Era: String, Sendable, CaseIterable {
        case legacy = "2025-11-25"
        case modern = "2026-07-28"
    }

    let endpoint: String
    let token: Redacted<String>
    let fetcher: HTTPFetcher
    let era: Era
    /// Further members of `_meta`.
    var meta: JSONObject
    /// Further fields of each request.
    var headers: FetchHeaders = [:]

    init(_ stack: Stack, _ era: Era) {
        self.init(url: stack.url, token: stack.token, fetcher: stack.fetcher, era: era)
    }

    init(url: String, token: Redacted<String>, fetcher: HTTPFetcher, era: Era, meta: JSONObject = [:]) {
        (endpoint, self.token, self.fetcher, self.era, self.meta) = (url + "/mcp", token, fetcher, era, meta)
    }

    /// Sends one request and returns its result.
    func result(_ method: String, _ parameters: [(String, JSONValue)] = [], name: String? = nil) async throws -> JSONValue {
        var parameters = JSONObject(parameters)
        var request = FetchRequest("POST", endpoint, headers: headers)
        request.headers["Authorization"] = "Bearer \(token.reveal())"
        request.headers["Content-Type"] = "application/json"
        request.headers["Accept"] = "application/json, text/event-stream"
        request.headers["MCP-Protocol-Version"] = era.rawValue
        if era == .modern {
            var meta = meta
            meta["io.modelcontextprotocol/protocolVersion"] = .string(era.rawValue)
            meta["io.modelcontextprotocol/clientCapabilities"] = [:]
            meta["io.modelcontextprotocol/clientInfo"] = ["name": "acceptance", "version": "1"]
            parameters["_meta"] = .object(meta)
            request.headers["Mcp-Method"] = method
            if let name { request.headers["Mcp-Name"] = name }
        }
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(parameters)]
        request.body = message.serialized
        request.maximumBody = .mebibytes(16)
        let reply = try await fetcher.send(request)
        let body = try JSONValue(parsing: reply.body, limits: JSONLimits(size: .mebibytes(16)))
        guard reply.status == 200, let result = body["result"] else {
            throw Unexpected("\(method) was answered with \(reply.status): \(String(decoding: reply.body.prefix(500), as: UTF8.self))")
        }
        return result
    }

    /// Calls a tool and returns its structured result.
    func call(_ tool: String, _ arguments: JSONValue) async throws -> JSONValue {
        let result = try await result("tools/call", [("name", .string(tool)), ("arguments", arguments)], name: tool)
        guard result["isError"]?.boolValue != true, let structured = result["structuredContent"] else {
            throw Unexpected("\(tool) failed: \(result["content"]?.serializedText ?? "")")
        }
        return structured
    }

    /// All items of a tool that answers in pages.
    func all(_ tool: String, _ arguments: [(String, JSONValue)], items: String) async throws -> [JSONValue] {
        var (found, cursor): ([JSONValue], String?) = ([], nil)
        repeat {
            let page = try await call(tool, .object(JSONObject(arguments + (cursor.map { [("cursor", .string($0))] } ?? []))))
            found += page[items]?.arrayValue ?? []
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
        return found
    }
}
