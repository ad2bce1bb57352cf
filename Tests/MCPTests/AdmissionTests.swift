import MCP
import Primitives
import Testing

/// A request that is wrong in one way, and the answer that the revisions prescribe.
struct Refused: Sendable, CustomTestStringConvertible {
    let name: String
    let call: Call
    let status: Int
    let code: Int?
    let id: JSONValue?

    init(_ name: String, _ call: Call, _ status: Int, _ code: Int?, id: JSONValue? = nil) {
        self.name = name
        self.call = call
        self.status = status
        self.code = code
        self.id = id
    }

    var testDescription: String { name }

    static let shapes: [Refused] = [
        Refused("GET", .legacy("ping").method("GET"), 405, nil),
        Refused("DELETE", .modern("tools/list").method("DELETE"), 405, nil),
        Refused("PUT", .modern("tools/list").method("PUT"), 405, nil),
        Refused("no Content-Type", .modern("tools/list").header("Content-Type", nil), 415, -32600),
        Refused("text/plain", .modern("tools/list").header("Content-Type", "text/plain"), 415, -32600),
        Refused("two content types", .modern("tools/list").adding("Content-Type", "text/plain"), 415, -32600),
        Refused("no Accept", .modern("tools/list").header("Accept", nil), 406, -32600),
        Refused("Accept without events", .legacy("ping").header("Accept", "application/json"), 406, -32600),
        Refused("Accept without JSON", .legacy("ping").header("Accept", "text/event-stream"), 406, -32600),
        Refused("Accept that refuses", .legacy("ping").header("Accept", "application/json, text/event-stream;q=0"), 406, -32600),
        Refused("foreign origin", .modern("tools/list").adding("Origin", "http://evil.example.com"), 403, -32600),
        Refused("null origin", .modern("tools/list").adding("Origin", "null"), 403, -32600),
        Refused("empty body", .body(""), 400, -32700),
        Refused("no JSON", .body("{"), 400, -32700),
        Refused("invalid UTF-8", Call(headers: Call.body("").headers, body: [0x7B, 0x22, 0xFF, 0x22, 0x7D]), 400, -32700),
        Refused("duplicate key", .body(#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#), 400, -32700),
        Refused("deep", .body(String(repeating: "[", count: 10_000)), 400, -32700),
        Refused("huge", .body("\"" + String(repeating: "a", count: 70_000) + "\""), 413, -32600),
        Refused("batch", .body(#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#), 400, -32600),
        Refused("empty batch", .body("[]"), 400, -32600),
        Refused("string", .body("\"ping\""), 400, -32600),
        Refused("null", .body("null"), 400, -32600),
        Refused("empty object", .body("{}"), 400, -32600),
        Refused("no jsonrpc", .body(#"{"id":1,"method":"ping"}"#), 400, -32600, id: 1),
        Refused("jsonrpc 1.0", .body(#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#), 400, -32600, id: "a"),
        Refused("jsonrpc number", .body(#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#), 400, -32600, id: 1),
        Refused("no method", .body(#"{"jsonrpc":"2.0","id":1}"#), 400, -32600, id: 1),
        Refused("method number", .body(#"{"jsonrpc":"2.0","id":1,"method":1}"#), 400, -32600, id: 1),
        Refused("response", .body(#"{"jsonrpc":"2.0","id":1,"result":{}}"#), 400, -32600, id: 1),
        Refused("error response", .body(#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#), 400, -32600, id: 1),
        Refused("id null", .body(#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#), 400, -32600),
        Refused("id float", .body(#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), 400, -32600),
        Refused("id beyond 64 bits", .body(#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"ping"}"#), 400, -32600),
        Refused("id boolean", .body(#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#), 400, -32600),
        Refused("id object", .body(#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#), 400, -32600),
        Refused("params array", .body(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#), 400, -32602, id: 1),
        Refused("params null", .body(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#), 400, -32602, id: 1),
        Refused("_meta array", .body(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":[]}}"#), 400, -32602, id: 1),
    ]

    static let modern: [Refused] = {
        let version = "io.modelcontextprotocol/protocolVersion"
        let capabilities = "io.modelcontextprotocol/clientCapabilities"
        let info = "io.modelcontextprotocol/clientInfo"
        func without(_ key: String, method: String = "server/discover") -> Call {
            var call = Call.modern(method)
            var object = (try? JSONValue(parsing: call.body))?.objectValue ?? [:]
            var params = object["params"]?.objectValue ?? [:]
            var meta = params["_meta"]?.objectValue ?? [:]
            meta[key] = nil
            params["_meta"] = .object(meta)
            object["params"] = .object(params)
            call.body = JSONValue.object(object).serialized
            return call
        }
        func bare(_ method: String) -> Call {
            Call.legacy(method, [:], version: "2026-07-28").adding("Mcp-Method", method)
        }
        let call = Call.modern("tools/call", ["name": "missing"])
        let read = Call.modern("resources/read", ["uri": "docs://a"])
        return [
            Refused("discover without _meta", bare("server/discover"), 400, -32602),
            Refused("discover without any header", bare("server/discover").header("MCP-Protocol-Version", nil), 400, -32602),
            Refused("list without _meta", bare("tools/list"), 400, -32602),
            Refused("without version", without(version), 400, -32602),
            Refused("without capabilities", without(capabilities), 400, -32602),
            Refused("initialize without capabilities", without(capabilities, method: "initialize"), 400, -32602),
            Refused("version number", .modern("tools/list", meta: [version: 1]), 400, -32602),
            Refused("capabilities array", .modern("tools/list", meta: [capabilities: []]), 400, -32602),
            Refused("client without version", .modern("tools/list", meta: [info: ["name": "a"]]), 400, -32602),
            Refused("_meta before headers", without(capabilities).header("Mcp-Method", "wrong"), 400, -32602),
            Refused("no version header", .modern("tools/list").header("MCP-Protocol-Version", nil), 400, -32020),
            Refused("other version header", .modern("tools/list").header("MCP-Protocol-Version", "2025-11-25"), 400, -32020),
            Refused("two version headers", .modern("tools/list").adding("mcp-protocol-version", "2026-07-28"), 400, -32020),
            Refused("mismatch before unsupported", .modern("tools/list", meta: [version: "v999.0.0"]), 400, -32020),
            Refused(
                "unsupported", .modern("tools/list", meta: [version: "v999.0.0"]).header("MCP-Protocol-Version", "v999.0.0"), 400, -32022),
            Refused(
                "legacy version in _meta",
                .modern("tools/list", meta: [version: "2025-11-25"]).header("MCP-Protocol-Version", "2025-11-25"), 400, -32022),
            Refused(
                "unsupported before unknown", .modern("no/such", meta: [version: "1"]).header("MCP-Protocol-Version", "1"), 400, -32022),
            Refused("no Mcp-Method", .modern("tools/list").header("Mcp-Method", nil), 400, -32020),
            Refused("wrong Mcp-Method", .modern("tools/list").header("Mcp-Method", "tools/call"), 400, -32020),
            Refused("Mcp-Method in capitals", .modern("tools/list").header("Mcp-Method", "TOOLS/LIST"), 400, -32020),
            Refused("no Mcp-Name", call.header("Mcp-Name", nil), 400, -32020),
            Refused("wrong Mcp-Name", call.header("Mcp-Name", "other"), 400, -32020),
            Refused("two Mcp-Names", call.adding("mcp-name", "missing"), 400, -32020),
            Refused("wrong Mcp-Name of a resource", read.header("Mcp-Name", "docs://b"), 400, -32020),
            Refused("base64 without padding", call.header("Mcp-Name", "=?base64?bWlzc2luZw?="), 400, -32020),
            Refused("base64 of another alphabet", call.header("Mcp-Name", "=?base64?bWl!!!c2luZw==?="), 400, -32020),
            Refused("base64 of invalid UTF-8", call.header("Mcp-Name", "=?base64?/w==?="), 400, -32020),
            Refused("base64 of something else", call.header("Mcp-Name", "=?base64?SGVsbG8=?="), 400, -32020),
            Refused("bare base64", call.header("Mcp-Name", "bWlzc2luZw=="), 400, -32020),
            Refused("unknown method", .modern("unknown/method"), 404, -32601),
            Refused("unknown before Mcp-Name", .modern("prompts/get", ["name": "p"]).header("Mcp-Name", nil), 404, -32601),
            Refused("initialize", .modern("initialize"), 404, -32601),
            Refused("ping", .modern("ping"), 404, -32601),
            Refused("logging/setLevel", .modern("logging/setLevel"), 404, -32601),
            Refused("resources/subscribe", .modern("resources/subscribe"), 404, -32601),
            Refused("resources/unsubscribe", .modern("resources/unsubscribe"), 404, -32601),
            Refused("tool name number", .modern("tools/call", ["name": 1]), 400, -32602),
            Refused("no tool name", .modern("tools/call"), 400, -32602),
            Refused("unknown tool", .modern("tools/call", ["name": "nope"]), 400, -32602),
            Refused("hidden tool", .modern("tools/call", ["name": "write"]), 400, -32602),
            Refused("arguments array", .modern("tools/call", ["name": "search", "arguments": []]), 400, -32602),
            Refused("missing capability", .modern("tools/call", ["name": "needs_sampling"]), 400, -32021),
            Refused("tools cursor", .modern("tools/list", ["cursor": "nonsense"]), 400, -32602),
            Refused("tools cursor number", .modern("tools/list", ["cursor": 1]), 400, -32602),
            Refused("cursor of another list", .modern("tools/list", ["cursor": .string(cursor("resources"))]), 400, -32602),
            Refused("resources cursor", .modern("resources/list", ["cursor": "nonsense"]), 400, -32602),
            Refused("templates cursor", .modern("resources/templates/list", ["cursor": "x"]), 400, -32602),
            Refused("no such resource", .modern("resources/read", ["uri": "docs://nope"]), 400, -32602),
            Refused("empty resource", .modern("resources/read", ["uri": "docs://empty"]), 400, -32602),
            Refused("uri number", .modern("resources/read", ["uri": 1]), 400, -32602),
            Refused("broken resource", .modern("resources/read", ["uri": "docs://broken"]), 500, -32603),
        ]
    }()

    static let legacy: [Refused] = [
        Refused("unsupported version header", .legacy("ping", version: "v999.0.0"), 400, -32022),
        Refused("older than all", .legacy("ping", version: "2024-11-05"), 400, -32022),
        Refused("two version headers", .legacy("ping").adding("MCP-Protocol-Version", "2025-11-25"), 400, -32020),
        Refused("unknown method", .legacy("unknown/method"), 200, -32601),
        Refused("discover", .legacy("server/discover"), 200, -32601),
        Refused("prompts/list", .legacy("prompts/list"), 200, -32601),
        Refused("logging/setLevel", .legacy("logging/setLevel", ["level": "debug"]), 200, -32601),
        Refused("unknown tool", .legacy("tools/call", ["name": "nope"]), 200, -32602),
        Refused("no tool name", .legacy("tools/call"), 200, -32602),
        Refused("tools cursor", .legacy("tools/list", ["cursor": "nonsense"]), 200, -32602),
        Refused("resources cursor", .legacy("resources/list", ["cursor": "nonsense"]), 200, -32602),
        Refused("no such resource", .legacy("resources/read", ["uri": "docs://nope"]), 200, -32002),
        Refused("broken resource", .legacy("resources/read", ["uri": "docs://broken"]), 200, -32603),
    ]

    private static func cursor(_ scope: String) -> String { OpaqueCursor(scope: scope, position: "a").encoded }
}

@Suite struct AdmissionTests {
    @Test(arguments: Refused.shapes)
    func `a request of the wrong shape is refused with the status and code for it`(row: Refused) async throws {
        let answer = try await Fixture.endpoint().send(row.call)
        #expect(answer.status == row.status)
        #expect(answer.code == row.code)
        #expect(answer.json["id"] == row.id)
        if row.status == 405 { #expect(answer.headers.contains { $0.name == "Allow" && $0.value == "POST" }) }
    }

    @Test(arguments: Refused.modern)
    func `a wrong modern request is refused with the status and code for it and its id`(row: Refused) async throws {
        let answer = try await Fixture.endpoint().send(row.call)
        #expect(answer.status == row.status)
        #expect(answer.code == row.code)
        #expect(answer.json["id"] == 1)
        #expect(answer.result == nil)
        if let schema = OfficialData.schema("2026-07-28") {
            #expect(schema.problem(with: answer.json, definition: "JSONRPCErrorResponse") == nil)
        }
    }

    @Test(arguments: Refused.legacy)
    func `a wrong legacy request is refused with the status and code for it and its id`(row: Refused) async throws {
        let answer = try await Fixture.endpoint().send(row.call)
        #expect(answer.status == row.status)
        #expect(answer.code == row.code)
        #expect(answer.json["id"] == 1)
        if let schema = OfficialData.schema("2025-11-25") {
            #expect(schema.problem(with: answer.json, definition: "JSONRPCErrorResponse") == nil)
        }
    }

    @Test(arguments: [
        Call.modern("tools/list"),
        Call.modern("tools/list").header("Accept", "*/*"),
        Call.modern("tools/list").header("Accept", "text/event-stream;q=0.5 , application/json"),
        Call.modern("tools/list").header("Accept", nil).adding("Accept", "text/*").adding("Accept", "application/*"),
        Call.modern("tools/list").header("Content-Type", "Application/JSON; charset=utf-8"),
        Call.modern("tools/list").header("Mcp-Method", " \ttools/list  "),
        Call.modern("tools/list").header("Mcp-Method", nil).adding("MCP-METHOD", "tools/list"),
        Call.modern("tools/list").header("Mcp-Method", "=?base64?dG9vbHMvbGlzdA==?="),
        Call.modern("tools/list").adding("Mcp-Session-Id", "x").adding("Last-Event-ID", "y"),
        Call.modern("tools/list").adding("Mcp-Name", "ignored"),
        Call.modern("tools/call", ["name": "links"]).header("Mcp-Name", "  links "),
        Call.modern("tools/call", ["name": "links"]).header("Mcp-Name", "=?base64?bGlua3M=?="),
        Call.modern("resources/read", ["uri": "docs://ü"]).header("Mcp-Name", "=?base64?ZG9jczovL8O8?="),
        Call.legacy("ping"), Call.legacy("ping", version: nil), Call.legacy("ping", version: "2025-03-26"),
        Call.legacy("ping", version: "2025-06-18"), Call.legacy("ping").adding("Mcp-Method", "initialize"),
        Call.legacy("tools/list", ["_meta": ["progressToken": 1]]),
    ])
    func `what may vary is accepted`(call: Call) async throws {
        let answer = try await Fixture.endpoint().send(call)
        #expect(answer.status == 200)
        #expect(answer.result != nil)
        #expect(answer.headers.contains { $0.name == "Content-Type" && $0.value == "application/json" })
        #expect(!answer.headers.contains { $0.name.lowercased() == "mcp-session-id" })
    }

    @Test(
        arguments: [
            ("Hello", "Hello", true), ("Hello", "=?base64?SGVsbG8=?=", true), ("SGVsbG8=", "SGVsbG8=", true),
            ("=?base64?SGVsbG8=", "=?base64?SGVsbG8=", true), ("Hello", " Hello ", true), (nil, nil, true),
            ("Hello", "=?base64?SGVsbG8?=", false), ("Hello", "=?base64?SGVs!!!bG8=?=", false), ("Hello", nil, false),
            ("Hello", "hello", false),
            (nil, "Hello", false),
        ] as [(String?, String?, Bool)])
    func `an argument and the header that repeats it must agree`(argument: String?, header: String?, isAccepted: Bool) async throws {
        var arguments: JSONObject = ["level": 3]
        arguments["region"] = argument.map(JSONValue.string)
        let call = Call.modern("tools/call", ["name": "regional", "arguments": .object(arguments)])
            .header("mcp-param-region", header).header("Mcp-Param-Level", "3")
        let answer = try await Fixture.endpoint().send(call)
        #expect(answer.status == (isAccepted ? 200 : 400))
        #expect(answer.code == (isAccepted ? nil : -32020))
        if isAccepted { #expect(answer.text == "region=\(argument ?? "-")") }
        let legacy = Call.legacy("tools/call", ["name": "regional", "arguments": .object(arguments)])
        #expect(try await Fixture.endpoint().send(legacy).status == 200)
    }

    @Test(arguments: ["text", "", "ïd", "1", String(repeating: "x", count: 1000)])
    func `string ids are echoed as they came`(id: String) async throws {
        #expect(try await Fixture.endpoint().send(.legacy("ping", id: .string(id))).json["id"] == .string(id))
        #expect(try await Fixture.endpoint().send(.modern("no/such", id: .string(id))).json["id"] == .string(id))
    }

    @Test(arguments: [0, -1, Int.max, Int.min, 1_763_688_000_000])
    func `integer ids are echoed as they came`(id: Int) async throws {
        #expect(try await Fixture.endpoint().send(.legacy("ping", id: .integer(id))).json["id"] == .integer(id))
    }

    @Test(arguments: [
        Call.body(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#),
        Call.body(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#).adding(
            "MCP-Protocol-Version", "2025-11-25"),
        Call.body(#"{"jsonrpc":"2.0","method":"notifications/unheard-of"}"#),
        Call.body(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#)
            .adding("MCP-Protocol-Version", "2026-07-28").adding("Mcp-Method", "notifications/cancelled"),
    ])
    func `a notification is accepted without a body`(call: Call) async throws {
        let answer = try await Fixture.endpoint().send(call)
        #expect(answer.status == 202)
        #expect(answer.json == .null)
    }

    @Test func `a modern notification with wrong headers is refused without an id`() async throws {
        let call = Call.body(#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#).adding("MCP-Protocol-Version", "2026-07-28")
        let answer = try await Fixture.endpoint().send(call.adding("Mcp-Method", "other"))
        #expect(answer.status == 400)
        #expect(answer.code == -32020)
        #expect(answer.json["id"] == nil)
    }

    @Test func `an unsupported version is told which there are`() async throws {
        let key = "io.modelcontextprotocol/protocolVersion"
        let call = Call.modern("server/discover", meta: [key: "v999.0.0"]).header("MCP-Protocol-Version", "v999.0.0")
        let answer = try await Fixture.endpoint().send(call)
        let discovered = try await Fixture.endpoint().send(.modern("server/discover")).result?["supportedVersions"]
        #expect(answer.json["error"]?["data"] == ["supported": discovered ?? .null, "requested": "v999.0.0"])
    }

    @Test(
        arguments: [
            ("localhost", nil, true), ("LOCALHOST:8080", nil, true), ("127.0.0.1:1", nil, true), ("[::1]:8080", nil, true),
            ("[::1]", nil, true),
            ("mcp.example.com:8443", nil, true), ("mcp.example.com", nil, false), ("mcp.example.com:443", nil, false),
            ("evil.example.com", nil, false),
            ("localhost.evil.example.com", nil, false), ("localhost:80:80", nil, false), ("", nil, false),
            ("localhost:8080", "http://localhost:8080", true), ("localhost:8080", "HTTP://LOCALHOST:8080", true),
            ("localhost:8080", "http://localhost:9999", false), ("localhost", "https://app.example.com", true),
            ("localhost", "https://app.example.com.evil.com", false), ("localhost", "null", false), ("localhost", "", false),
            ("evil.example.com", "http://evil.example.com", false), ("evil.example.com", "https://app.example.com", false),
        ] as [(String, String?, Bool)])
    func `hosts and origins are checked by name`(host: String, origin: String?, isAllowed: Bool) async throws {
        let policy = OriginPolicy(
            hosts: ["localhost", "127.0.0.1", "[::1]", "mcp.example.com:8443"], origins: ["https://app.example.com"])
        for call in [Call.modern("server/discover"), .legacy("initialize", ["protocolVersion": "2025-11-25"])] {
            let answer = try await Fixture.endpoint(origins: policy).send(call.header("Host", host).header("Origin", origin))
            #expect(answer.status == (isAllowed ? 200 : 403))
        }
    }

    @Test func `a request without or with two hosts is refused where hosts are checked`() async throws {
        let endpoint = Fixture.endpoint(origins: .loopback)
        #expect(try await endpoint.send(.modern("server/discover").header("Host", nil)).status == 403)
        #expect(try await endpoint.send(.modern("server/discover").adding("Host", "localhost")).status == 403)
        #expect(try await endpoint.send(.modern("server/discover")).status == 200)
    }

    @Test func `who is refused for a host reads what the operator can do, and behind a server that checks nobody is`() async throws {
        let call = Call.modern("server/discover").header("Host", "other.example.com").header("Origin", "https://other.example.com")
        let told = try await Fixture.endpoint(origins: OriginPolicy(hosts: ["localhost"], hint: "Ask Ann.")).send(call)
        #expect(told.status == 403 && told.message.hasSuffix("Ask Ann."))
        #expect(try await Fixture.endpoint(origins: .checkedBefore).send(call).status == 200)
    }

    // Seeded, so that a failure can be repeated.
    @Test(arguments: 0..<4)
    func `mutated requests get an answer that is one of the prescribed ones`(seed: UInt64) async throws {
        var generator = SplitMix(state: seed)
        let endpoint = Fixture.endpoint()
        let bases = [
            Call.modern("tools/call", ["name": "search", "arguments": ["query": "a", "limit": 5]]), .modern("tools/list"),
            .legacy("initialize", ["protocolVersion": "2025-11-25"]), .legacy("tools/call", ["name": "links"]),
            .modern("resources/read", ["uri": "docs://a"]),
        ]
        for _ in 0..<400 {
            var call = bases.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<call.body.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: call.body[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: call.body.remove(at: index)
                case 2: call.body.insert(Array("{}[]\",:\\u0e".utf8).randomElement(using: &generator)!, at: index)
                case 3: call.headers.remove(at: Int.random(in: 0..<call.headers.count, using: &generator))
                default:
                    let header = Int.random(in: 0..<call.headers.count, using: &generator)
                    call.headers[header].value = String(call.headers[header].value.shuffled(using: &generator))
                }
                if call.headers.isEmpty || call.body.isEmpty { call = bases[0] }
            }
            let answer = try await endpoint.send(call)
            #expect([200, 202, 400, 404, 406, 415].contains(answer.status))
            #expect((answer.status == 202) == (answer.json == .null))
            #expect(answer.status == 200 || answer.status == 202 || answer.code != nil)
        }
    }

    @Test func `every answer is reported once, with what the client did not see`() async throws {
        let reports = Locked<[CallReport]>([])
        let endpoint = Fixture.endpoint { report in reports.withLock { $0.append(report) } }
        for call in [
            Call.modern("tools/call", ["name": "links"]), .modern("tools/call", ["name": "missing"]),
            .modern("tools/call", ["name": "broken"]),
            .legacy("no/such"), .body("{"), .body(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#),
            .modern("resources/read", ["uri": "docs://broken"]),
        ] {
            _ = try await endpoint.send(call)
        }
        let seen = reports.withLock { $0 }
        #expect(
            seen.map(\.outcome) == [
                .complete, .toolError, .toolError, .protocolError(-32601), .protocolError(-32700), .accepted, .protocolError(-32603),
            ])
        #expect(seen.map { $0.underlying is Boom } == [false, false, true, false, false, false, true])
        #expect(seen.map(\.target) == ["links", "missing", "broken", nil, nil, nil, "docs://broken"])
        #expect(seen[3].method == "no/such")
        #expect(seen[0].clientInfo?.name == "tester")
        #expect(seen.allSatisfy { $0.requestID == "req-7" && $0.duration >= .zero })
    }
}
