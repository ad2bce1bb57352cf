import FoundationEssentials
import Primitives

@testable import MCP

extension FuzzTarget {
    /// JSON, JSON-RPC messages and cursors of MCP. What was read and is written again must be the same.
    static let jsonRPC = FuzzTarget(
        "json-rpc",
        [
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"q":"\u00fc\ud83d\ude00","n":[1,-2.5e3,true,null]}}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, #"{"jsonrpc":"2.0","id":"a","result":{}}"#,
            #"[[[[[[1e400,0.1,-0,"\\\"\/\b\f"]]]]]]"#, "AAECAwQ=",
        ],
        run: { bytes in
            _ = Base64.decode(String(decoding: bytes, as: UTF8.self))
            guard let value = try? JSONValue(parsing: bytes) else { return }
            _ = try? RPCMessage(value)
            precondition((try? JSONValue(parsing: value.serialized)) == value, "A JSON value changed on its way.")
            precondition(value.canonical == value, "The order of members has changed a value.")
        })

    /// A whole request of MCP as text: the HTTP method, a header a line, an empty line, the body. Every refusal has a status that the revisions
    /// know, and the identifier of the request.
    static let mcpRequest = FuzzTarget(
        "mcp-request",
        [
            MCPSample.request(
                MCPSample.modern(#""method":"tools/call","params":{"name":"echo","arguments":{"region":"x"},META}"#),
                ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: tools/call", "Mcp-Name: =?base64?ZWNobw==?=", "Mcp-Param-Region: x"]),
            MCPSample.request(
                MCPSample.modern(#""method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},META}"#),
                ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: subscriptions/listen"]),
            MCPSample.request(
                #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}"#, []),
            MCPSample.request(
                #"{"jsonrpc":"2.0","id":"a","method":"tools/list"}"#, ["Mcp-Session-Id: s", "MCP-Protocol-Version: 2025-11-25"]),
            MCPSample.request(#"{"jsonrpc":"2.0","id":"a","result":{}}"#, ["Mcp-Session-Id: s"]),
            MCPSample.request("", ["Mcp-Session-Id: s", "Last-Event-ID: abc.0"], method: "GET"),
            MCPSample.request("", ["Mcp-Session-Id: s"], method: "DELETE"),
        ],
        run: { bytes in
            guard let request = MCPSample.parsed(bytes) else { return }
            let outcome = Locked<Int?>(nil)
            // Nothing in the way of an admission suspends, so that all of it is done when the task has been made.
            Task.immediate {
                do throws(MCPEndpoint<String>.Refusal) {
                    _ = try await MCPSample.endpoint.admit(request, principal: "p")
                    outcome.withLock { $0 = 200 }
                } catch {
                    outcome.withLock { $0 = error.response.status }
                    MCPSample.check(error, request)
                }
            }
            guard let status = outcome.withLock({ $0 }) else { preconditionFailure("An admission has suspended.") }
            precondition([200, 400, 403, 404, 405, 406, 413, 415].contains(status), "A status that nobody expects.")
        })

    /// Texts that clients hand back: sealed states, cursors, places in streams, headers; and documents and messages of other replicas.
    static let mcpText = FuzzTarget(
        "mcp-text",
        seeds: {
            let texts = [
                MCPSample.sealed, OpaqueCursor(scope: "tools", position: "a").encoded, "c3RyZWFt.12", "=?base64?SGVsbG8=?=",
                "application/json;q=0.5, text/*;q=0,*/*", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                #"{"from":"x","topic":"changes","message":{"change":"notifications/resources/updated","uri":"a"}}"#,
                #"{"id":"i","owner":"o","version":"2025-11-25","capabilities":{},"log_level":"info","subscriptions":["a"]}"#,
                #"{"toolsListChanged":true,"resourceSubscriptions":["a"]}"#,
                #"{"action":"accept","content":{"name":"a","count":1,"choice":["a"]}}"#, #"{"end":true,"message":1}"#,
            ]
            return texts.map { Array($0.utf8) }
        },
        run: { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            if let contents = try? MCPSample.sealer.open(text, for: MCPSample.binding) {
                precondition(contents == MCPSample.contents, "A seal has opened for what was not sealed.")
            }
            if let cursor = OpaqueCursor(decoding: text, scope: "tools") {
                precondition(OpaqueCursor(decoding: cursor.encoded, scope: "tools") == cursor, "A cursor changed on its way.")
            }
            if let place = SessionPlace(text) { precondition(place.text == text, "A place is not its own text.") }
            _ = (HeaderText.decode(text), MediaRanges([text]), TraceContext(traceparent: text, tracestate: text, baggage: text))
            MCPSample.hub.receive(bytes)
            guard let value = try? JSONValue(parsing: bytes) else { return }
            if let session = Session(document: value) {
                precondition(Session(document: session.document) == session, "A session changed on its way.")
            }
            if let event = SessionEvent(document: value) {
                precondition(SessionEvent(document: event.document) == event, "An event changed on its way.")
            }
            if let filter = try? SubscriptionFilter(value) {
                precondition((try? SubscriptionFilter(filter.json)) == filter, "A filter changed on its way.")
            }
            for request in MCPSample.questions { _ = try? request.answer(value, key: "k") }
        })
}

/// A small server, and what its clients send.
private enum MCPSample {
    static let hub = MessageHub()
    static let sealer = StateSealer(keys: [Array(repeating: 7, count: 32)], now: { Date(timeIntervalSince1970: 1_800_000_000) })
    static let binding = StateSealer.Binding(owner: "o", method: "tools/call", params: ["name": "echo"])
    static let contents: JSONObject = ["answers": ["name": "a"], "state": 1]
    static let sealed = sealer.seal(contents, for: binding)
    static let questions: [InputRequest] = [
        .elicitation(
            "?",
            ElicitationForm(
                [
                    ("name", ["type": "string", "maxLength": 3]), ("count", ["type": "integer", "minimum": 0]),
                    ("choice", ["type": "array", "items": ["enum": ["a"]]]),
                ], required: ["name"])), .sampling([], maxTokens: 1), .roots,
    ]

    struct Regional: ToolInput {
        let region: String?
        static let arguments = Arguments(Argument(optional: "region", .string(), "Where").mirrored(in: "Region")) { Regional(region: $0) }
    }

    static let endpoint = MCPEndpoint<String>(
        options: EndpointOptions(
            server: Implementation(name: "f", version: "1"), origins: .loopback, limits: JSONLimits(size: .kibibytes(64))),
        tools: [Tool(content: "echo", description: "Echoes") { (_: Regional, _) in ToolResult(content: []) }],
        services: EndpointServices(
            hub: hub, changing: [.tools], sessions: SessionPolicy(store: MemorySessionStore()), hasLogging: true, owner: { $0 }))

    static func modern(_ rest: String) -> String {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
        return #"{"jsonrpc":"2.0","id":1,"# + rest.replacing("META", with: meta) + "}"
    }

    static func request(_ body: String, _ headers: [String], method: String = "POST") -> String {
        let all = ["Host: localhost", "Content-Type: application/json", "Accept: application/json, text/event-stream"] + headers
        return method + "\n" + all.joined(separator: "\n") + "\n\n" + body
    }

    /// Reads what `request` wrote; nil for a text without an empty line.
    static func parsed(_ bytes: [UInt8]) -> MCPHTTPRequest? {
        guard let end = bytes.firstRange(of: Array("\n\n".utf8)) else { return nil }
        let lines = bytes[..<end.lowerBound].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
        }
        let method = lines.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        return MCPHTTPRequest(method: method, headers: headers, body: Array(bytes[end.upperBound...]), requestID: "r")
    }

    /// What is promised of a refusal.
    static func check(_ refusal: MCPEndpoint<String>.Refusal, _ request: MCPHTTPRequest) {
        guard let bytes = refusal.response.bytes, !bytes.isEmpty else { return }
        guard let answer = try? JSONValue(parsing: bytes), answer["error"]?["code"]?.integerValue != nil else {
            preconditionFailure("A refusal is no error message.")
        }
        // Up to the message itself nobody knows what the identifier is.
        guard let message = refusal.message, let id = message.id else { return }
        precondition(answer["id"] == id.json, "A refusal has not the identifier of its request.")
    }
}
