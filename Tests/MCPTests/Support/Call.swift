import MCP

/// A request in the making: right by default, wrong where a test wants it.
struct Call: Sendable {
    var httpMethod = "POST"
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    /// A modern request with all that belongs to it.
    static func modern(_ method: String, _ params: JSONObject = [:], meta: JSONObject = [:], id: JSONValue = 1) -> Call {
        var all: JSONObject = [
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": ["name": "tester", "version": "1"],
            "io.modelcontextprotocol/clientCapabilities": [:],
        ]
        for member in meta.members { all[member.key] = member.value }
        var params = params
        params["_meta"] = .object(all)
        var call = Call(headers: standard, body: message(method, params, id: id))
        call.headers.append(("MCP-Protocol-Version", "2026-07-28"))
        call.headers.append(("Mcp-Method", method))
        if let name = (params["name"] ?? params["uri"] ?? params["taskId"])?.stringValue { call.headers.append(("Mcp-Name", name)) }
        return call
    }

    /// A legacy request.
    static func legacy(_ method: String, _ params: JSONObject? = nil, version: String? = "2025-11-25", id: JSONValue = 1) -> Call {
        var call = Call(headers: standard, body: message(method, params, id: id))
        if let version { call.headers.append(("MCP-Protocol-Version", version)) }
        return call
    }

    /// Any body with the headers of every request.
    static func body(_ text: String) -> Call { Call(headers: standard, body: Array(text.utf8)) }

    private static let standard: [(name: String, value: String)] = [
        ("Host", "localhost:8080"), ("content-type", "application/json"), ("Accept", "application/json, text/event-stream"),
    ]

    private static func message(_ method: String, _ params: JSONObject?, id: JSONValue) -> [UInt8] {
        var object: JSONObject = ["jsonrpc": "2.0", "id": id, "method": .string(method)]
        object["params"] = params.map(JSONValue.object)
        return JSONValue.object(object).serialized
    }

    /// The same call with the header set to `value`; nil removes it.
    func header(_ name: String, _ value: String?) -> Call {
        var copy = self
        copy.headers.removeAll { $0.name.lowercased() == name.lowercased() }
        if let value { copy.headers.append((name, value)) }
        return copy
    }

    /// The same call with one more header.
    func adding(_ name: String, _ value: String) -> Call {
        var copy = self
        copy.headers.append((name, value))
        return copy
    }

    /// The same call over another HTTP method.
    func method(_ name: String) -> Call {
        var copy = self
        copy.httpMethod = name
        return copy
    }

    var request: MCPHTTPRequest { MCPHTTPRequest(method: httpMethod, headers: headers, body: body, requestID: "req-7") }
}

/// A response, parsed.
struct Answer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let json: JSONValue

    var result: JSONValue? { json["result"] }
    var code: Int? { json["error"]?["code"]?.integerValue }
    var message: String { json["error"]?["message"]?.stringValue ?? "" }
    var text: String { result?["content"]?[0]?["text"]?.stringValue ?? "" }
    var isToolError: Bool { result?["isError"] == true }
}

extension MCPEndpoint<Caller> {
    /// Sends `call` and reads the answer, which is no stream.
    func send(_ call: Call, as caller: Caller = Caller()) async throws -> Answer {
        let response = await handle(call.request, principal: caller)
        let bytes = response.bytes ?? []
        return Answer(status: response.status, headers: response.headers, json: bytes.isEmpty ? .null : try JSONValue(parsing: bytes))
    }

    /// Sends `call` and collects the messages of the stream that answers it.
    func stream(_ call: Call) async throws -> [JSONValue] {
        guard case .events(let stream) = await handle(call.request, principal: Caller()).body else { return [] }
        var text = ""
        try await stream.run { text += String(decoding: $0, as: UTF8.self) }
        return try text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { try JSONValue(parsing: String($0.dropFirst(6))) }
    }
}
