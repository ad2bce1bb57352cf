import MCP

extension Fixtures {
    /// Tools that ask the client on the stream of their call, which is how the legacy era does it.
    var sessionTools: [Tool<Caller>] {
        [
            Tool(content: "test_sampling", description: "Asks the client's model", uses: .input) { (input: Prompted, context) in
                let answer = try await context.ask("answer", .sampling([PromptMessage(.user, .text(input.prompt))], maxTokens: 100))
                return Self.text("LLM response: \(answer.text ?? "")")
            },
            Tool(content: "test_elicitation", description: "Asks a person", uses: .input) { (input: Messaged, context) in
                let form = ElicitationForm(
                    [
                        ("username", ["type": "string", "description": "User's response"]),
                        ("email", ["type": "string", "description": "User's email address"]),
                    ], required: ["username", "email"])
                return try await Self.response(to: .elicitation(input.message, form), context)
            },
            Tool(content: "test_elicitation_sep1034_defaults", description: "Asks with defaults", uses: .input) { (_: NoInput, context) in
                let form = ElicitationForm([
                    ("name", ["type": "string", "description": "User name", "default": "John Doe"]),
                    ("age", ["type": "integer", "description": "User age", "default": 30]),
                    ("score", ["type": "number", "description": "User score", "default": 95.5]),
                    (
                        "status",
                        ["type": "string", "description": "State", "enum": ["active", "inactive", "pending"], "default": "active"]
                    ),
                    ("verified", ["type": "boolean", "description": "Verification status", "default": true]),
                ])
                return try await Self.response(to: .elicitation("Please review and update the form fields with defaults", form), context)
            },
            Tool(content: "test_elicitation_sep1330_enums", description: "Asks for choices", uses: .input) { (_: NoInput, context) in
                try await Self.response(to: .elicitation("Please select options from the enum fields", Self.choices), context)
            },
            Tool(
                content: "test_reconnection", description: "Has the client come back for the result", uses: .pausing
            ) { (_: NoInput, context) in
                context.pauseStream()
                try await Task.sleep(for: .milliseconds(100))
                return Self.text("Reconnection test completed successfully")
            },
        ]
    }

    private static func response(to request: InputRequest, _ context: RequestContext<Caller>) async throws -> ToolResult {
        guard case .elicitation(let action, let content) = try await context.ask("answer", request) else { return text("No answer") }
        return text("User response: \(action.rawValue) \(JSONValue.object(content).serializedText)")
    }

    private static let choices: ElicitationForm = {
        func titled(_ values: [String]) -> JSONValue {
            .array(values.enumerated().map { ["const": .string($1), "title": .string("Choice \($0 + 1)")] })
        }
        let options: JSONValue = ["option1", "option2", "option3"]
        let values = ["value1", "value2", "value3"]
        return ElicitationForm([
            ("untitledSingle", ["type": "string", "description": "Select one option", "enum": options]),
            ("titledSingle", ["type": "string", "description": "Select one titled option", "oneOf": titled(values)]),
            (
                "legacyEnum",
                ["type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]]
            ),
            (
                "untitledMulti",
                ["type": "array", "minItems": 1, "maxItems": 3, "items": ["type": "string", "enum": options]]
            ),
            ("titledMulti", ["type": "array", "minItems": 1, "maxItems": 3, "items": ["anyOf": titled(values)]]),
        ])
    }()

    private struct Prompted: ToolInput {
        let prompt: String
        static let arguments = Arguments(Argument("prompt", .string(length: 1...10_000), "What to ask")) { Prompted(prompt: $0) }
    }

    private struct Messaged: ToolInput {
        let message: String
        static let arguments = Arguments(Argument("message", .string(length: 1...10_000), "What to ask")) { Messaged(message: $0) }
    }
}
