import FoundationEssentials
import MCP
import Primitives
import Testing

extension Data {
    /// The bytes of Base64 with the URL-safe alphabet and without padding.
    fileprivate init?(base64URL text: String) {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }
}

@Suite struct InputTests {
    private static let name = InputRequest.elicitation("Your name?", ElicitationForm([("name", ["type": "string"])], required: ["name"]))

    private let replicas = Replicas(tools: { _ in
        [
            Tool(content: "ask", description: "Asks twice", uses: .input) { (input: Note, context) in
                let first = try await context.ask("name", Self.name, state: ["note": .string(input.note)])
                guard let name = first.content?["name"]?.stringValue else { return ToolResult(content: [.text("declined")]) }
                let second = try await context.ask("model", .sampling([PromptMessage(.user, .text("?"))], maxTokens: 5))
                return ToolResult(content: [.text("\(name) \(second.text ?? "-") \(context.inputState.map { "\($0)" } ?? "-")")])
            }
        ]
    })

    private struct Note: ToolInput {
        let note: String
        static let arguments = Arguments(Argument("note", .string(), "A note", default: "n")) { Note(note: $0) }
    }

    private let both: JSONObject = ["io.modelcontextprotocol/clientCapabilities": ["elicitation": [:], "sampling": [:]]]

    private func ask(
        _ more: JSONObject = [:], arguments: JSONObject = [:], meta: JSONObject? = nil, at endpoint: MCPEndpoint<Caller>? = nil,
        as caller: Caller = Caller()
    ) async throws -> Answer {
        var params: JSONObject = ["name": "ask", "arguments": .object(arguments)]
        for member in more.members { params[member.key] = member.value }
        return try await (endpoint ?? replicas.first).send(.modern("tools/call", params, meta: meta ?? both), as: caller)
    }

    private static let alice: JSONValue = ["name": ["action": "accept", "content": ["name": "Alice"]]]
    private static let said: JSONValue = ["model": ["role": "assistant", "content": ["type": "text", "text": "hi"], "model": "m"]]

    @Test func `a request goes on over rounds at any replica, and remembers what was answered`() async throws {
        let first = try await ask()
        #expect(first.result?["resultType"] == "input_required")
        #expect(first.result?["inputRequests"]?["name"]?["method"] == "elicitation/create")
        #expect(first.result?["ttlMs"] == nil)
        let state = try #require(first.result?["requestState"])
        let second = try await ask(["inputResponses": Self.alice, "requestState": state], at: replicas.second)
        #expect(second.result?["inputRequests"]?["model"]?["method"] == "sampling/createMessage")
        let later = try #require(second.result?["requestState"])
        #expect(later != state)
        let third = try await ask(["inputResponses": Self.said, "requestState": later])
        #expect(third.text.hasPrefix("Alice hi"))
        if let schema = OfficialData.schema("2026-07-28") {
            for answer in [first, second] {
                #expect(schema.problem(with: answer.result ?? .null, definition: "InputRequiredResult") == nil)
            }
        }
    }

    @Test func `a person may say no`() async throws {
        #expect(try await ask(["inputResponses": ["name": ["action": "decline"]]]).text == "declined")
    }

    @Test func `a state is good for its request, its owner and its time`() async throws {
        let state = try #require(try await ask(arguments: ["note": "x"]).result?["requestState"]?.stringValue)
        let more: JSONObject = ["inputResponses": Self.alice, "requestState": .string(state)]
        #expect(try await ask(more, arguments: ["note": "x"]).result?["resultType"] == "input_required")
        #expect(try await ask(more, arguments: ["note": "y"]).code == -32602)
        #expect(try await ask(more, arguments: ["note": "x"], as: Caller(name: "other")).code == -32602)
        // What the server remembers is not for the client, and two rounds differ even when they ask the same.
        let bytes = try #require(Data(base64URL: state))
        #expect(!String(decoding: bytes, as: UTF8.self).contains("note"))
        #expect(try await ask(arguments: ["note": "x"]).result?["requestState"]?.stringValue != state)
        for forged in [state + "-TAMPERED", String(state.dropLast()), "A" + state, "", ".", String(repeating: "a", count: 70_000)] {
            #expect(try await ask(["requestState": .string(forged)], arguments: ["note": "x"]).code == -32602)
        }
        replicas.time.withLock { $0.addTimeInterval(601) }
        #expect(try await ask(more, arguments: ["note": "x"]).code == -32602)
    }

    @Test(
        arguments: [
            ["inputResponses": ["name": 12345]], ["inputResponses": ["name": .null]], ["inputResponses": ["name": [:]]],
            ["inputResponses": ["name": ["action": "accept"]]], ["inputResponses": ["name": ["action": "accept", "content": ["name": 1]]]],
            ["inputResponses": ["name": ["action": "perhaps"]]], ["inputResponses": []], ["inputResponses": .null], ["requestState": 1],
        ] as [JSONObject])
    func `an answer of the wrong shape is refused`(more: JSONObject) async throws {
        let answer = try await ask(more)
        #expect(answer.status == 400)
        #expect(answer.code == -32602)
    }

    @Test func `more answers than any request asks for are refused before they are looked at`() async throws {
        let many = JSONObject((0..<65).map { ("k\($0)", JSONValue.integer($0)) })
        let answer = try await ask(["inputResponses": .object(many)])
        #expect(answer.status == 400)
        #expect(answer.code == -32602)
    }

    @Test func `what was not asked for is ignored, and what is missing is asked for again`() async throws {
        let answer = try await ask(["inputResponses": ["other": ["action": "accept", "content": [:]]]])
        #expect(answer.result?["inputRequests"]?["name"] != nil)
    }

    @Test func `a client is not asked for what it has not declared`() async throws {
        let answer = try await ask(meta: ["io.modelcontextprotocol/clientCapabilities": ["sampling": [:]]])
        #expect(answer.status == 400)
        #expect(answer.code == -32021)
        #expect(answer.json["error"]?["data"]?["requiredCapabilities"] == ["elicitation": [:]])
        // Only addresses, which a form is not.
        let addresses = try await ask(meta: ["io.modelcontextprotocol/clientCapabilities": ["elicitation": ["url": [:]]]])
        #expect(addresses.code == -32021)
    }

    @Test func `a legacy client without a session cannot be asked, and is told so`() async throws {
        let answer = try await replicas.first.send(.legacy("tools/call", ["name": "ask"]))
        #expect(answer.code == -32021)
    }

    @Test(
        arguments: [
            (["type": "string", "enum": ["a", "b"]], "a", "c"), (["type": "string", "oneOf": [["const": "a", "title": "A"]]], "a", "b"),
            (["type": "string", "minLength": 2, "maxLength": 3], "ab", "abcd"), (["type": "integer", "minimum": 1], 1, 0),
            (["type": "integer"], 3, 1.5), (["type": "number", "maximum": 2], 1.5, 3), (["type": "boolean"], true, "true"),
            (["type": "array", "items": ["type": "string", "enum": ["a"]]], ["a"], ["b"]),
            (["type": "array", "items": ["anyOf": [["const": "a"]]], "maxItems": 1], ["a"], ["a", "a"]),
        ] as [(JSONObject, JSONValue, JSONValue)])
    func `the content of a form must fit its fields`(field: JSONObject, good: JSONValue, bad: JSONValue) async throws {
        let tool = Tool<Caller>(content: "form", description: "Asks") { (_: NoInput, context) in
            let answer = try await context.ask("f", .elicitation("?", ElicitationForm([("x", field)], required: ["x"])))
            return ToolResult(content: [.text("\(answer.content?["x"] ?? .null)")])
        }
        let endpoint = Fixture.endpoint(tools: [tool])
        func send(_ value: JSONValue) async throws -> Answer {
            let responses: JSONValue = ["f": ["action": "accept", "content": ["x": value]]]
            return try await endpoint.send(.modern("tools/call", ["name": "form", "inputResponses": responses], meta: both))
        }
        #expect(try await send(good).text == "\(good)")
        #expect(try await send(bad).code == -32602)
    }

    @Test func `a new key seals, and an old one still opens`() async throws {
        func endpoint(_ keys: [UInt8]) -> MCPEndpoint<Caller> {
            MCPEndpoint(
                options: EndpointOptions(
                    server: Implementation(name: "f", version: "1"), origins: OriginPolicy(anyHostWithOrigins: [])),
                tools: [
                    Tool(content: "ask", description: "Asks") { (_: NoInput, context) in
                        _ = try await context.ask("name", Self.name, state: 1)
                        return ToolResult(content: [.text("\(context.inputState ?? .null)")])
                    }
                ],
                services: EndpointServices(sealer: StateSealer(keys: keys.map { Array(repeating: $0, count: 32) }), owner: { $0.name }))
        }
        func call(_ endpoint: MCPEndpoint<Caller>, _ more: JSONObject = [:]) async throws -> Answer {
            var params: JSONObject = ["name": "ask"]
            for member in more.members { params[member.key] = member.value }
            return try await endpoint.send(.modern("tools/call", params, meta: both))
        }
        let state = try #require(try await call(endpoint([1])).result?["requestState"])
        let more: JSONObject = ["inputResponses": Self.alice, "requestState": state]
        #expect(try await call(endpoint([2, 1]), more).text == "1")
        #expect(try await call(endpoint([2]), more).code == -32602)
    }
}
