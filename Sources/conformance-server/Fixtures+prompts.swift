import MCP

extension Fixtures {
    var prompts: [Prompt<Caller>] {
        [
            Prompt("test_simple_prompt", description: "A prompt without arguments") { (_: NoInput, _) in
                [PromptMessage(.user, .text("This is a simple prompt for testing."))]
            },
            Prompt("test_prompt_with_arguments", description: "A prompt with two arguments") { (input: Pair, _) in
                [PromptMessage(.user, .text("Prompt with arguments: arg1='\(input.first)', arg2='\(input.second)'"))]
            },
            Prompt("test_prompt_with_embedded_resource", description: "A prompt with a resource") { (input: Embedded, _) in
                let contents = ResourceContents(
                    uri: input.uri, mimeType: "text/plain", body: .text("Embedded resource content for testing."))
                return [
                    PromptMessage(.user, .resource(contents)), PromptMessage(.user, .text("Please process the embedded resource above.")),
                ]
            },
            Prompt("test_prompt_with_image", description: "A prompt with a picture") { (_: NoInput, _) in
                [
                    PromptMessage(.user, .image(data: Self.picture, mimeType: "image/png")),
                    PromptMessage(.user, .text("Please analyze the image above.")),
                ]
            },
            Prompt("test_input_required_result_prompt", description: "A prompt that asks for its context") { (_: NoInput, context) in
                let form = ElicitationForm([("context", ["type": "string"])], required: ["context"])
                let answer = try await context.ask("user_context", .elicitation("What context should the prompt use?", form))
                return [PromptMessage(.user, .text("Use this context: \(answer.content?["context"]?.stringValue ?? "none")"))]
            },
            Prompt(
                "test_prompt_that_comes_and_goes", description: "Is there after every other change",
                isVisible: { [changes] _ in changes.hasPrompt }
            ) { (_: NoInput, _) in [PromptMessage(.user, .text("Here"))] },
        ]
    }

    private struct Pair: ToolInput {
        let first: String
        let second: String
        static let arguments = Arguments(
            Argument("arg1", .string(), "First test argument"), Argument("arg2", .string(), "Second test argument")
        ) { Pair(first: $0, second: $1) }
    }

    private struct Embedded: ToolInput {
        let uri: String
        static let arguments = Arguments(
            Argument("resourceUri", .string(), "URI of the resource to embed")
        ) { Embedded(uri: $0) }
    }
}

/// Completes the first argument of the prompt with arguments, and the variable of the template.
struct FixtureCompletions: CompletionProvider {
    func complete(_ request: CompletionRequest, context: RequestContext<Caller>) async throws -> Completion {
        let known: [String]
        switch (request.reference, request.argument) {
        case (.prompt("test_prompt_with_arguments"), "arg1"): known = ["testValue1", "testValue2", "paris", "party"]
        case (.resource(FixtureResources.template), "id"): known = ["123", "124"]
        default: known = []
        }
        return Completion(known.filter { $0.hasPrefix(request.value) })
    }
}
