import MCP
import Testing

@Suite struct ToolTests {
    private let endpoint = Fixture.endpoint()

    private func call(_ name: String, _ arguments: JSONObject? = nil, as caller: Caller = Caller()) async throws -> Answer {
        var params: JSONObject = ["name": .string(name)]
        params["arguments"] = arguments.map(JSONValue.object)
        return try await endpoint.send(.modern("tools/call", params), as: caller)
    }

    @Test func `the list is in the order of names, whatever the order of declaration`() async throws {
        let tools = try await endpoint.send(.modern("tools/list")).result?["tools"]?.arrayValue ?? []
        let names = tools.compactMap { $0["name"]?.stringValue }
        #expect(names == names.sorted())
        #expect(names.count == Fixture.tools.count - 1)
        let reversed = try await Fixture.endpoint(tools: Fixture.tools.reversed()).send(.modern("tools/list"))
        #expect(reversed.result?["tools"]?.arrayValue == tools)
    }

    @Test func `a tool that only some may see does not exist for others`() async throws {
        let list = Call.modern("tools/list")
        func names(_ caller: Caller) async throws -> [String] {
            try await endpoint.send(list, as: caller).result?["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        }
        #expect(try await !names(Caller()).contains("write"))
        #expect(try await names(Caller(mayWrite: true)).contains("write"))
        #expect(try await call("write", as: Caller(mayWrite: true)).text == "written")
        #expect(try await call("write").message == "Unknown tool: write")
        #expect(try await endpoint.send(list).result?["cacheScope"] == "private")
        let open = Fixture.endpoint(tools: Fixture.tools.filter { $0.name != "write" })
        #expect(try await open.send(list).result?["cacheScope"] == "public")
    }

    @Test(arguments: [1, 3, 7])
    func `pages join to the whole list`(size: Int) async throws {
        let paged = Fixture.endpoint(pageSize: size)
        var names: [String] = []
        var cursor: JSONValue?
        repeat {
            let result = try await paged.send(.modern("tools/list", cursor.map { ["cursor": $0] } ?? [:])).result
            let page = result?["tools"]?.arrayValue ?? []
            #expect((1...size).contains(page.count))
            names += page.compactMap { $0["name"]?.stringValue }
            cursor = result?["nextCursor"]
        } while cursor != nil
        #expect(names == Fixture.tools.map(\.name).filter { $0 != "write" }.sorted())
    }

    @Test func `a schema written by hand goes out untouched`() async throws {
        let tools = try await endpoint.send(.modern("tools/list")).result?["tools"]?.arrayValue ?? []
        let schema = tools.first { $0["name"] == "raw" }?["inputSchema"]
        #expect(
            schema?.serializedText
                == #"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"a":{"$anchor":"x"}}}"#)
        #expect(try await call("raw", ["x": [1.5]]).text == #"{"x":[1.5]}"#)
    }

    @Test func `a declaration shows title, schemas and annotations`() async throws {
        let tools = try await endpoint.send(.modern("tools/list")).result?["tools"]?.arrayValue ?? []
        let tool = try #require(tools.first { $0["name"] == "search" })
        #expect(tool["title"] == "Search")
        #expect(
            tool["annotations"] == ["readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false])
        #expect(tool["inputSchema"]?["required"] == ["query"])
        #expect(tool["inputSchema"]?["additionalProperties"] == false)
        #expect(
            tool["inputSchema"]?["properties"]?["limit"]
                == ["type": "integer", "minimum": 1, "maximum": 50, "default": 10, "description": "How many"])
        #expect(tool["outputSchema"]?["$defs"]?["Node"]?["properties"]?["children"]?["items"] == ["$ref": "#/$defs/Node"])
    }

    @Test func `the oldest revision gets no structured results and no links`() async throws {
        let tools = try await endpoint.send(.legacy("tools/list", version: nil)).result?["tools"]?.arrayValue ?? []
        #expect(tools.allSatisfy { $0["outputSchema"] == nil && $0["title"] == nil && $0["inputSchema"] != nil })
        let result = try await endpoint.send(.legacy("tools/call", ["name": "links"], version: "2025-03-26")).result
        #expect(result == ["content": [["type": "text", "text": "count: 3"]]])
    }

    @Test func `a structured result fits its own schema and comes with text and links`() async throws {
        let answer = try await call("links")
        #expect(answer.text == "count: 3")
        #expect(answer.result?["content"]?[1]?["type"] == "resource_link")
        #expect(answer.result?["content"]?[1]?["uri"] == "docs://a")
        let structured = try #require(answer.result?["structuredContent"])
        #expect(structured["note"] == .null)
        #expect(structured["next"] == nil)
        let schema = SchemaValidator(root: .object(EveryOutput.shape.completeSchema))
        #expect(schema.problem(with: structured) == nil)
        #expect(schema.problem(with: ["text": 1]) != nil)
    }

    @Test func `without a rendering the text is the JSON of the result`() async throws {
        let answer = try await call("search", ["query": "ä\u{1F600}"])
        #expect(try JSONValue(parsing: answer.text) == answer.result?["structuredContent"])
        #expect(answer.result?["structuredContent"]?["text"] == "ä\u{1F600}")
        #expect(answer.result?["structuredContent"]?["count"] == 10)
        #expect(answer.result?["isError"] == nil)
    }

    @Test func `every kind of content goes out in its shape`() async throws {
        let content = try await call("every_kind").result?["content"]?.arrayValue ?? []
        #expect(content.compactMap { $0["type"]?.stringValue } == ["text", "image", "audio", "resource_link", "resource"])
        #expect(content[1] == ["type": "image", "data": "AQI=", "mimeType": "image/png"])
        #expect(content[4]["resource"] == ["uri": "docs://a", "mimeType": "text/plain", "text": "x"])
    }

    @Test func `a failure of the tool is a result with message and hint`() async throws {
        let answer = try await call("missing")
        #expect(answer.isToolError)
        #expect(answer.text == "No documentation has the id 7. list_documentations shows those there are.")
        #expect(answer.result?["structuredContent"] == nil)
    }

    @Test func `an unforeseen error names the request and nothing else`() async throws {
        let answer = try await call("broken")
        #expect(answer.isToolError)
        #expect(answer.text.contains("req-7"))
        #expect(!answer.json.serializedText.contains("hunter2"))
    }

    @Test func `a capability that the client lacks is a protocol error that names it`() async throws {
        let answer = try await call("needs_sampling")
        #expect(answer.json["error"]?["data"] == ["requiredCapabilities": ["sampling": [:]]])
        let capabilities: JSONObject = ["io.modelcontextprotocol/clientCapabilities": ["sampling": [:]]]
        #expect(try await endpoint.send(.modern("tools/call", ["name": "needs_sampling"], meta: capabilities)).text == "ok")
    }

    @Test(
        arguments: Fixture.tools.filter { $0.example != nil }.map(\.name).filter {
            !["missing", "broken", "needs_sampling", "patient", "regional"].contains($0)
        })
    func `every tool can be called with its own example`(name: String) async throws {
        let tool = try #require(Fixture.tools.first { $0.name == name })
        let answer = try await call(tool.name, tool.example, as: Caller(mayWrite: true))
        #expect(answer.result != nil)
        #expect(!answer.isToolError, "\(answer.text)")
    }

    @Test func `an unknown tool is named at a bounded length`() async throws {
        #expect(try await call(String(repeating: "x", count: 5000)).message.count < 200)
    }
}
