import MCP

extension Fixtures {
    /// Tools that change lists, and what comes and goes.
    var changeTools: [Tool<Caller>] {
        [
            Tool(content: "test_trigger_tool_change", description: "Changes the list of tools") { (_: NoInput, _) in
                changes.toggleTool()
                hub.publish(.tools)
                return Self.text("The list of tools has changed")
            },
            Tool(content: "test_trigger_prompt_change", description: "Changes the list of prompts") { (_: NoInput, _) in
                changes.togglePrompt()
                hub.publish(.prompts)
                return Self.text("The list of prompts has changed")
            },
            Tool(
                content: "test_tool_that_comes_and_goes", description: "Is there after every other change",
                isVisible: { [changes] _ in changes.hasTool }
            ) { (_: NoInput, _) in Self.text("Here") },
        ]
    }

    /// Tools about what a request says beside its arguments.
    var headerTools: [Tool<Caller>] {
        [
            Tool(content: "test_x_mcp_header", description: "Has an argument that a header repeats") { (input: Regional, _) in
                Self.text("region=\(input.region ?? "")")
            },
            Tool(content: "test_missing_capability", description: "Needs a client that can sample") { (_: NoInput, context) in
                guard context.canAsk(.sampling) else { throw ProtocolError.missingClientCapabilities(["sampling": [:]]) }
                return Self.text("The client can sample")
            },
            Tool(content: "test_streaming_elicitation", description: "Sends no requests") { (_: NoInput, _) in
                Self.text("Nothing was asked")
            },
        ]
    }

    private struct Regional: ToolInput {
        let region: String?
        static let arguments = Arguments(
            Argument(optional: "region", .string(length: 0...1000), "Where").mirrored(in: "Region")
        ) { Regional(region: $0) }
    }
}
