import FoundationEssentials
import MCP
import TestSupport
import Testing

@testable import APIServer

/// The reference of tools, prompts and resources is written from what the endpoint says of itself.
@Suite(.sharedEdge) struct `The reference for agents` {
    private let edge: Edge

    init() throws { edge = try #require(Edge.current) }

    @Test func `Says what the endpoint says`() async throws {
        let agent = Agent(edge: edge)
        let tools = try #require(try await agent.send("tools/list")["result"]?["tools"]?.arrayValue)
        let prompts = try await agent.send("prompts/list")["result"]?["prompts"]?.arrayValue ?? []
        let templates = try await agent.send("resources/templates/list")["result"]?["resourceTemplates"]?.arrayValue ?? []
        let text = AgentReference(tools: tools, prompts: prompts, templates: templates).text
        let file = "\(TestData.packageDirectory)/docs/mcp-tools.md"
        if ProcessInfo.processInfo.environment["PORTOLAN_WRITE_REFERENCE"] != nil {
            try Data(text.utf8).write(to: URL(filePath: file))
        }
        let written = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
        #expect(
            written == text,
            "docs/mcp-tools.md is not current: run PORTOLAN_WRITE_REFERENCE=1 deploy/test .build/tests APIServerTests, or correct the declarations."
        )
    }
}

/// Renders the lists of an endpoint as Markdown.
struct AgentReference {
    let tools: [JSONValue]
    let prompts: [JSONValue]
    let templates: [JSONValue]

    var text: String {
        var lines = [
            "# Tools, prompts and resources", "",
            "Written from the declarations that decode the arguments and encode the results; a test compares. How to connect is in [mcp.md](mcp.md).",
            "", "## Tools",
        ]
        for tool in tools { lines += section(of: tool) }
        lines += ["", "## Prompts"]
        for prompt in prompts {
            lines += ["", "### `\(string(prompt, "name"))`", "", string(prompt, "description"), "", "| argument | meaning |", "|---|---|"]
            for argument in prompt["arguments"]?.arrayValue ?? [] {
                let mark = argument["required"] == true ? "" : " (optional)"
                lines.append("| `\(string(argument, "name"))`\(mark) | \(string(argument, "description")) |")
            }
        }
        lines += ["", "## Resources", "", "| template | meaning |", "|---|---|"]
        for template in templates { lines.append("| `\(string(template, "uriTemplate"))` | \(string(template, "description")) |") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(of tool: JSONValue) -> [String] {
        var lines = ["", "### `\(string(tool, "name"))`", "", string(tool, "description"), ""]
        let hints = [("readOnlyHint", "reads only"), ("destructiveHint", "destroys"), ("idempotentHint", "idempotent")]
        let held = hints.filter { tool["annotations"]?[$0.0] == true }.map(\.1)
        if !held.isEmpty { lines += ["Hints: \(held.joined(separator: ", ")).", ""] }
        let input = tool["inputSchema"] ?? .null
        let required = Set((input["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        lines += ["| argument | type | default | meaning |", "|---|---|---|---|"]
        for member in input["properties"]?.objectValue?.members ?? [] {
            let value = member.value["default"].map { "`\($0.serializedText)`" } ?? (required.contains(member.key) ? "required" : "")
            lines.append("| `\(member.key)` | \(type(member.value)) | \(value) | \(string(member.value, "description")) |")
        }
        lines += ["", "| result | type | meaning |", "|---|---|---|"]
        return lines + rows(of: tool["outputSchema"] ?? .null, prefix: "", root: tool["outputSchema"] ?? .null)
    }

    private func rows(of schema: JSONValue, prefix: String, root: JSONValue, depth: Int = 0) -> [String] {
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        return (schema["properties"]?.objectValue?.members ?? []).flatMap { member -> [String] in
            let mark = required.contains(member.key) ? "" : " (optional)"
            let name = prefix + member.key
            let row = "| `\(name)`\(mark) | \(type(member.value)) | \(string(member.value, "description")) |"
            guard depth < 1, let element = element(of: member.value, root: root) else { return [row] }
            return [row] + rows(of: element, prefix: name + "[].", root: root, depth: depth + 1)
        }
    }

    /// The schema of the objects in an array.
    private func element(of schema: JSONValue, root: JSONValue) -> JSONValue? {
        guard let items = schema["items"] else { return nil }
        guard let reference = items["$ref"]?.stringValue, let name = reference.split(separator: "/").last else {
            return items["properties"] == nil ? nil : items
        }
        return root["$defs"]?[String(name)]
    }

    private func type(_ schema: JSONValue) -> String {
        if let choices = schema["enum"]?.arrayValue { return choices.compactMap(\.stringValue).map { "`\($0)`" }.joined(separator: ", ") }
        let kind = string(schema, "type")
        let format = schema["format"]?.stringValue.map { " (\($0))" } ?? ""
        func range(_ low: String, _ high: String, _ unit: String) -> String {
            guard let low = schema[low]?.integerValue, let high = schema[high]?.integerValue else { return "" }
            return ", \(low) to \(high)\(unit)"
        }
        return kind + format + range("minimum", "maximum", "") + range("minLength", "maxLength", " characters")
            + range("minItems", "maxItems", " elements")
    }

    private func string(_ value: JSONValue, _ key: String) -> String {
        (value[key]?.stringValue ?? "").split(separator: "|").joined(separator: "\\|")
    }
}
