import MCP

extension Fixtures {
    /// Tools whose requests take several rounds.
    var inputTools: [Tool<Caller>] {
        [
            tool("elicitation", "Asks for a name") { context in
                let answer = try await context.ask("user_name", Self.name)
                return "Hello, \(answer.content?["name"]?.stringValue ?? "stranger")!"
            },
            tool("sampling", "Asks the client's model") { context in
                let question = PromptMessage(.user, .text("What is the capital of France?"))
                return try await context.ask("capital_question", .sampling([question], maxTokens: 100)).text ?? ""
            },
            tool("list_roots", "Asks for folders") { context in
                let roots = try await context.ask("client_roots", .roots).roots ?? []
                return "Roots: " + roots.map(\.uri).joined(separator: ", ")
            },
            tool("request_state", "Remembers something between rounds") { context in
                let form = ElicitationForm([("ok", ["type": "boolean"])], required: ["ok"])
                _ = try await context.ask("confirm", .elicitation("Please confirm", form), state: ["asked": "confirm"])
                return context.inputState == ["asked": "confirm"] ? "state-ok" : "state-lost"
            },
            tool("multiple_inputs", "Asks three things at once") { context in
                let answers = try await context.ask([
                    ("user_name", Self.name),
                    ("greeting", .sampling([PromptMessage(.user, .text("Generate a greeting"))], maxTokens: 50)), ("client_roots", .roots),
                ])
                let name = answers["user_name"].content?["name"]?.stringValue ?? "stranger"
                return "\(answers["greeting"].text ?? ""), \(name), in \(answers["client_roots"].roots?.count ?? 0) folders"
            },
            tool("multi_round", "Asks twice") { context in
                let first = try await context.ask("step1", Self.name)
                let form = ElicitationForm([("color", ["type": "string"])], required: ["color"])
                let second = try await context.ask("step2", .elicitation("Step 2: What is your favorite color?", form))
                return "\(first.content?["name"]?.stringValue ?? "") likes \(second.content?["color"]?.stringValue ?? "nothing")"
            },
            tool("tampered_state", "Refuses a state that is not its own") { context in
                let form = ElicitationForm([("ok", ["type": "boolean"])], required: ["ok"])
                _ = try await context.ask("confirm", .elicitation("Please confirm", form), state: ["kept": 1])
                return "The state was intact"
            },
            tool("capabilities", "Asks what the client can answer") { context in
                var requests: [(key: String, request: InputRequest)] = []
                if context.canAsk(.form) { requests.append(("user_name", Self.name)) }
                if context.canAsk(.sampling) {
                    requests.append(("greeting", .sampling([PromptMessage(.user, .text("Generate a greeting"))], maxTokens: 50)))
                }
                guard !requests.isEmpty else { return "The client can answer nothing" }
                _ = try await context.ask(requests)
                return "The client has answered"
            },
        ]
    }

    private func tool(
        _ name: String, _ description: String, _ answer: @escaping @Sendable (RequestContext<Caller>) async throws -> String
    ) -> Tool<Caller> {
        Tool(content: "test_input_required_result_\(name)", description: description, uses: .input) { (_: NoInput, context) in
            Self.text(try await answer(context))
        }
    }

    static let name = InputRequest.elicitation(
        "What is your name?", ElicitationForm([("name", ["type": "string"])], required: ["name"]))
}
