import MCP

extension Fixtures {
    /// Tools that return each kind of content, or report on the way to it.
    var contentTools: [Tool<Caller>] {
        [
            Tool(content: "test_simple_text", description: "Returns a text") { (_: NoInput, _) in
                Self.text("This is a simple text response for testing.")
            },
            Tool(content: "test_image_content", description: "Returns a picture") { (_: NoInput, _) in
                ToolResult(content: [.image(data: Self.picture, mimeType: "image/png")])
            },
            Tool(content: "test_audio_content", description: "Returns a sound") { (_: NoInput, _) in
                ToolResult(content: [.audio(data: Self.sound, mimeType: "audio/wav")])
            },
            Tool(content: "test_embedded_resource", description: "Returns a resource with its contents") { (_: NoInput, _) in
                ToolResult(content: [
                    .resource(
                        ResourceContents(
                            uri: "test://embedded-resource", mimeType: "text/plain", body: .text("This is an embedded resource content.")))
                ])
            },
            Tool(content: "test_multiple_content_types", description: "Returns a text, a picture and a resource") { (_: NoInput, _) in
                ToolResult(content: [
                    .text("Multiple content types test:"), .image(data: Self.picture, mimeType: "image/png"),
                    .resource(
                        ResourceContents(
                            uri: "test://mixed-content-resource", mimeType: "application/json",
                            body: .text(#"{"test":"data","value":123}"#))),
                ])
            },
            Tool(content: "test_error_handling", description: "Fails") { (_: NoInput, _) in
                throw ToolFailure("This tool intentionally returns an error for testing")
            },
            Tool(content: "test_tool_with_progress", description: "Reports how far it is", uses: .progress) { (_: NoInput, context) in
                for step in [0.0, 50, 100] {
                    context.progress.report(step, total: 100, message: "Completed step \(Int(step)) of 100")
                    try await Task.sleep(for: .milliseconds(50))
                }
                return Self.text("Tool execution completed")
            },
            Tool(content: "test_tool_with_logging", description: "Sends log messages", uses: .logging) { (_: NoInput, context) in
                for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                    context.log.log(.info, .string(line), logger: "conformance")
                    try await Task.sleep(for: .milliseconds(50))
                }
                return Self.text("Tool with logging executed successfully")
            },
            Tool(content: "test_logging_tool", description: "Sends log messages to those who ask", uses: .logging) {
                (_: NoInput, context) in
                context.log.log(.info, "A message that was asked for", logger: "conformance")
                return Self.text("Logging tool executed successfully")
            },
            Tool(
                raw: "json_schema_2020_12_tool", description: "Has a schema that uses much of JSON Schema 2020-12",
                inputSchema: Self.richSchema
            ) { arguments, _ in Self.text(JSONValue.object(arguments).serializedText) },
        ]
    }

    private static let richSchema: JSONObject = [
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "$defs": [
            "address": [
                "$anchor": "addressDef", "type": "object", "properties": ["street": ["type": "string"], "city": ["type": "string"]],
            ]
        ],
        "properties": [
            "name": ["type": "string"], "address": ["$ref": "#/$defs/address"],
            "contactMethod": ["type": "string", "enum": ["phone", "email"]], "phone": ["type": "string"], "email": ["type": "string"],
        ],
        "allOf": [["anyOf": [["required": ["phone"]], ["required": ["email"]]]]],
        "if": ["properties": ["contactMethod": ["const": "phone"]], "required": ["contactMethod"]],
        "then": ["required": ["phone"]], "else": ["required": ["email"]], "additionalProperties": false,
    ]
}
