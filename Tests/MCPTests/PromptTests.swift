import MCP
import Primitives
import Testing

@Suite struct PromptTests {
    private struct Greeting: ToolInput {
        let name: String
        let style: String?
        static let arguments = Arguments(
            Argument("name", .string(length: 1...5), "Whom"), Argument(optional: "style", .choice(["short", "long"]), "How")
        ) { Greeting(name: $0, style: $1) }
    }

    private struct Completions: CompletionProvider {
        func complete(_ request: CompletionRequest, context: RequestContext<Caller>) async throws -> Completion {
            switch request.reference {
            case .prompt: Completion((0..<150).map { "\(request.value)\($0)\(request.others["style"] ?? "")" })
            case .resource("docs://{name}"): Completion(["a", "b"], total: 7)
            case .resource: throw ProtocolError(.invalidParams, "No such template")
            }
        }
    }

    private let endpoint = Replicas(
        prompts: [
            Prompt("greet", title: "Greet", description: "Greets") { (input: Greeting, _) in
                [
                    PromptMessage(.assistant, .text("I am polite.")),
                    PromptMessage(.user, .text("Greet \(input.name) \(input.style ?? "somehow")")),
                    PromptMessage(.user, .resourceLink(ResourceDescription(uri: "docs://a", name: "a"))),
                ]
            },
            Prompt("hidden", description: "Only for some", isVisible: { $0.mayWrite }) { (_: NoInput, _) in [] },
            Prompt("broken", description: "Breaks") { (_: NoInput, _) in throw Boom() },
        ], completions: Completions()
    ).first

    @Test func `lists show what the type of the arguments says`() async throws {
        let result = try #require(try await endpoint.send(.modern("prompts/list")).result)
        #expect(result["prompts"]?.arrayValue?.map { $0["name"] } == ["broken", "greet"])
        #expect(
            result["prompts"]?[1]?["arguments"] == [
                ["name": "name", "description": "Whom", "required": true], ["name": "style", "description": "How", "required": false],
            ])
        // Callers see different lists.
        #expect(result["cacheScope"] == "private")
        #expect(try await endpoint.send(.modern("prompts/list"), as: Caller(mayWrite: true)).result?["prompts"]?.arrayValue?.count == 3)
        if let schema = OfficialData.schema("2026-07-28") { #expect(schema.problem(with: result, definition: "ListPromptsResult") == nil) }
    }

    @Test func `a prompt is filled with its arguments`() async throws {
        let call = { (make: (String, JSONObject) -> Call) in make("prompts/get", ["name": "greet", "arguments": ["name": "Al"]]) }
        for sent in [call { Call.modern($0, $1) }, call { Call.legacy($0, $1) }] {
            let result = try #require(try await endpoint.send(sent).result)
            #expect(result["messages"]?.arrayValue?.count == 3)
            #expect(result["messages"]?[1] == ["role": "user", "content": ["type": "text", "text": "Greet Al somehow"]])
        }
        // Links came with 2025-06-18.
        let old = Call.legacy("prompts/get", ["name": "greet", "arguments": ["name": "Al"]], version: "2025-03-26")
        #expect(try await endpoint.send(old).result?["messages"]?.arrayValue?.count == 2)
    }

    @Test(
        arguments: [
            ["name": "nope"], ["name": "hidden"], ["name": 1], [:], ["name": "greet"], ["name": "greet", "arguments": []],
            ["name": "greet", "arguments": ["name": "too long"]], ["name": "greet", "arguments": ["name": "Al", "style": "loud"]],
            ["name": "greet", "arguments": ["name": "Al", "other": "x"]],
        ] as [JSONObject])
    func `what is wrong with a request for a prompt is an error of its parameters`(params: JSONObject) async throws {
        #expect(try await endpoint.send(.modern("prompts/get", params)).code == -32602)
        #expect(try await endpoint.send(.legacy("prompts/get", params)).code == -32602)
    }

    @Test func `a broken prompt shows nothing of the reason`() async throws {
        let answer = try await endpoint.send(.modern("prompts/get", ["name": "broken"]))
        #expect(answer.status == 500)
        #expect(!answer.json.serializedText.contains("hunter2"))
    }

    private func complete(_ reference: JSONValue, _ argument: JSONValue, context: JSONValue? = nil) async throws -> Answer {
        var params: JSONObject = ["ref": reference, "argument": argument]
        params["context"] = context
        return try await endpoint.send(.modern("completion/complete", params))
    }

    @Test func `completion gives a hundred values at most, and says that there are more`() async throws {
        let answer = try await complete(
            ["type": "ref/prompt", "name": "greet"], ["name": "name", "value": "A"], context: ["arguments": ["style": "!"]])
        let completion = answer.result?["completion"]
        #expect(completion?["values"]?.arrayValue?.count == 100)
        #expect(completion?["values"]?[1] == "A1!")
        #expect(completion?["hasMore"] == true)
        let template = try await complete(["type": "ref/resource", "uri": "docs://{name}"], ["name": "name", "value": ""])
        #expect(template.result?["completion"] == ["values": ["a", "b"], "total": 7, "hasMore": true])
        if let schema = OfficialData.schema("2026-07-28") {
            #expect(schema.problem(with: answer.result ?? .null, definition: "CompleteResult") == nil)
        }
    }

    @Test(
        arguments: [
            (["type": "ref/prompt", "name": "nope"], ["name": "name", "value": ""]),
            (["type": "ref/prompt", "name": "hidden"], ["name": "name", "value": ""]),
            (["type": "ref/prompt", "name": "greet"], ["name": "other", "value": ""]),
            (["type": "ref/prompt", "name": "greet"], ["name": "name"]),
            (["type": "ref/prompt", "name": "greet"], ["name": 1, "value": ""]),
            (["type": "ref/prompt", "name": "greet"], ["name": "name", "value": .string(String(repeating: "a", count: 1025))]),
            (["type": "ref/other", "name": "greet"], ["name": "name", "value": ""]),
            (["type": "ref/resource"], ["name": "a", "value": ""]),
            (["type": "ref/resource", "uri": "x://y"], ["name": "a", "value": ""]), ("greet", ["name": "name", "value": ""]),
            (["type": "ref/prompt", "name": "greet"], "name"),
        ] as [(JSONValue, JSONValue)])
    func `what cannot be completed is an error of the parameters`(reference: JSONValue, argument: JSONValue) async throws {
        #expect(try await complete(reference, argument).code == -32602)
    }
}
