import MCP
import Primitives
import Testing

@Suite struct EndpointTests {
    private let endpoint = Fixture.endpoint()

    @Test(arguments: ["2025-11-25", "2025-06-18", "2025-03-26"])
    func `the handshake agrees on the version that is asked for`(version: String) async throws {
        let call = Call.legacy(
            "initialize", ["protocolVersion": .string(version), "capabilities": [:], "clientInfo": ["name": "c", "version": "1"]],
            version: nil)
        let answer = try await endpoint.send(call)
        #expect(answer.result?["protocolVersion"] == .string(version))
        #expect(answer.result?["serverInfo"]?["name"] == "fixture")
        #expect(answer.result?["capabilities"] == ["tools": [:], "resources": [:]])
        #expect(answer.result?["instructions"] == "Be kind.")
        #expect(answer.result?["resultType"] == nil)
    }

    @Test(arguments: ["2024-11-05", "2026-07-28", "2099-01-01", ""])
    func `the handshake offers the newest legacy version for one that it does not have`(version: String) async throws {
        for header in [nil, "2026-07-28"] {
            let answer = try await endpoint.send(.legacy("initialize", ["protocolVersion": .string(version)], version: header))
            #expect(answer.result?["protocolVersion"] == "2025-11-25")
        }
    }

    @Test func `discovery says what there is and who answers`() async throws {
        let result = try await endpoint.send(.modern("server/discover")).result
        #expect(result?["supportedVersions"] == ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"])
        #expect(result?["capabilities"] == ["tools": [:], "resources": [:]])
        #expect(result?["_meta"]?["io.modelcontextprotocol/serverInfo"]?["version"] == "1.2.3")
        #expect(result?["ttlMs"] == 300_000)
        #expect(result?["cacheScope"] == "public")
    }

    @Test func `capabilities match the methods`() async throws {
        let bare = Fixture.endpoint(tools: [], resources: false)
        #expect(try await bare.send(.modern("server/discover")).result?["capabilities"] == [:])
        for method in ["tools/list", "resources/list", "resources/templates/list"] {
            #expect(try await bare.send(.modern(method)).status == 404)
            #expect(try await bare.send(.legacy(method)).code == -32601)
        }
    }

    @Test func `a client needs not say its name`() async throws {
        let answer = try await endpoint.send(Call.modern("tools/call", ["name": "context"]))
        #expect(answer.text == "req-7|1|2026-07-28|tester|-|-")
        var call = Call.modern("tools/call", ["name": "context"])
        call.body = Array(
            String(decoding: call.body, as: UTF8.self)
                .replacing(#""io.modelcontextprotocol/clientInfo":{"name":"tester","version":"1"},"#, with: "").utf8)
        #expect(try await endpoint.send(call).text == "req-7|1|2026-07-28|-|-|-")
    }

    @Test func `the trace context comes from the message, or else from the headers`() async throws {
        let own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
        let meta: JSONObject = ["traceparent": .string(own), "tracestate": "a=b"]
        let both = Call.modern("tools/call", ["name": "context"], meta: meta).adding("traceparent", other)
        #expect(try await endpoint.send(both).text.hasSuffix("|\(own)|a=b"))
        let header = Call.legacy("tools/call", ["name": "context"]).adding("TraceParent", other).adding("tracestate", "c=d")
        #expect(try await endpoint.send(header).text.hasSuffix("|\(other)|c=d"))
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func `a malformed trace context is ignored`(text: String) async throws {
        let call = Call.modern("tools/call", ["name": "context"], meta: ["traceparent": .string(text), "tracestate": "a=b"])
        #expect(try await endpoint.send(call).text.hasSuffix("|-|-"))
    }

    @Test(
        arguments: [
            ("server/discover", "DiscoverResult", [:]), ("tools/list", "ListToolsResult", [:]),
            ("resources/list", "ListResourcesResult", [:]),
            ("resources/templates/list", "ListResourceTemplatesResult", [:]), ("resources/read", "ReadResourceResult", ["uri": "docs://a"]),
            ("resources/read", "ReadResourceResult", ["uri": "docs://ü"]), ("tools/call", "CallToolResult", ["name": "links"]),
            ("tools/call", "CallToolResult", ["name": "every_kind"]), ("tools/call", "CallToolResult", ["name": "missing"]),
            ("tools/call", "CallToolResult", ["name": "broken"]),
        ] as [(String, String, JSONObject)])
    func `every result fits the official schema`(method: String, definition: String, params: JSONObject) async throws {
        var modern = Call.modern(method, params)
        if let uri = params["uri"]?.stringValue { modern = modern.header("Mcp-Name", "=?base64?\(Base64.encode(Array(uri.utf8)))?=") }
        let result = try #require(try await endpoint.send(modern).result)
        #expect(result["resultType"] == "complete")
        #expect(result["_meta"]?["io.modelcontextprotocol/serverInfo"] != nil)
        if definition != "CallToolResult" {
            #expect((result["ttlMs"]?.integerValue ?? -1) >= 0)
            #expect(["public", "private"].contains(result["cacheScope"]?.stringValue))
        }
        if let schema = OfficialData.schema("2026-07-28") { #expect(schema.problem(with: result, definition: definition) == nil) }
        guard method != "server/discover" else { return }
        let legacy = try #require(try await endpoint.send(.legacy(method, params)).result)
        for key in ["resultType", "ttlMs", "cacheScope", "_meta"] { #expect(legacy[key] == nil) }
        if let schema = OfficialData.schema("2025-11-25") { #expect(schema.problem(with: legacy, definition: definition) == nil) }
    }

    @Test func `the handshake fits the official schema`() async throws {
        let result = try #require(try await endpoint.send(.legacy("initialize", ["protocolVersion": "2025-11-25"])).result)
        if let schema = OfficialData.schema("2025-11-25") { #expect(schema.problem(with: result, definition: "InitializeResult") == nil) }
    }

    @Test(arguments: OfficialData.examples)
    func `every official example survives the parser and the validator of these tests`(example: OfficialData.Example) throws {
        let value = try JSONValue(parsing: example.bytes)
        #expect(try JSONValue(parsing: value.serialized) == value)
        #expect(OfficialData.schema("2026-07-28")?.problem(with: value, definition: example.definition) == nil)
    }

    @Test func `resources come in pages`() async throws {
        let first = try await endpoint.send(.modern("resources/list")).result
        #expect(first?["resources"]?[0]?["uri"] == "docs://a")
        let cursor = try #require(first?["nextCursor"])
        let second = try await endpoint.send(.modern("resources/list", ["cursor": cursor])).result
        #expect(second?["resources"]?[0]?["uri"] == "docs://b")
        #expect(second?["nextCursor"] == nil)
    }

    @Test func `contents are text or base64`() async throws {
        #expect(try await endpoint.send(.legacy("resources/read", ["uri": "docs://a"])).result?["contents"]?[0]?["text"] == "äbc")
        #expect(try await endpoint.send(.legacy("resources/read", ["uri": "docs://ü"])).result?["contents"]?[0]?["blob"] == "AP8=")
    }

    @Test func `a resource that is not there is named`() async throws {
        let answer = try await endpoint.send(.modern("resources/read", ["uri": "docs://nope"]))
        #expect(answer.json["error"]?["data"] == ["uri": "docs://nope"])
    }

    @Test func `an internal error names the request and nothing else`() async throws {
        let answer = try await endpoint.send(.modern("resources/read", ["uri": "docs://broken"]))
        #expect(answer.message == "Internal error. Request id: req-7")
        #expect(!answer.json.serializedText.contains("hunter2"))
    }

    @Test func `a call that is late is cancelled, and its answer is a tool error`() async throws {
        let reports = Locked<[CallReport]>([])
        for (timeout, deadline) in [(Duration.milliseconds(50), nil), (.seconds(3600), Deadline.after(.milliseconds(50)))] {
            let endpoint = Fixture.endpoint(timeout: timeout) { report in reports.withLock { $0.append(report) } }
            let response = await endpoint.handle(
                Call.modern("tools/call", ["name": "patient"], id: 17).request, principal: Caller(), deadline: deadline)
            let answer = try JSONValue(parsing: response.bytes ?? [])
            #expect(response.status == 200 && answer["id"] == 17 && answer["result"]?["isError"] == true)
            #expect(answer["result"]?["content"]?[0]?["text"]?.stringValue?.contains("longer than the server allows") == true)
        }
        #expect(reports.withLock { $0.map(\.outcome) } == [.toolError, .toolError])
    }

    @Test func `a cancelled caller cancels the tool`() async throws {
        let reports = Locked<[CallReport]>([])
        let endpoint = Fixture.endpoint { report in reports.withLock { $0.append(report) } }
        let call = Task { await endpoint.handle(Call.modern("tools/call", ["name": "patient"]).request, principal: Caller()) }
        call.cancel()
        let response = await call.value
        #expect(try JSONValue(parsing: response.bytes ?? [])["error"]?["code"] == -32603)
        #expect(reports.withLock { $0.map(\.outcome) } == [.cancelled])
    }
}
