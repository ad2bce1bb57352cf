/// What a tool call returns.
public struct ToolResult: Sendable, Hashable {
    /// The pieces for the model, in order.
    public let content: [ContentBlock]
    /// The structured result; must fit the output schema of the tool, if it has one.
    public let structured: JSONObject?
    /// Whether the call failed.
    public let isError: Bool

    /// - Parameters:
    ///   - content: the pieces for the model, in order.
    ///   - structured: the structured result.
    ///   - isError: whether the call failed.
    public init(content: [ContentBlock], structured: JSONObject? = nil, isError: Bool = false) {
        self.content = content
        self.structured = structured
        self.isError = isError
    }

    /// A failed call with a message that the model can act on.
    static func failure(_ message: String) -> ToolResult { ToolResult(content: [.text(message)], isError: true) }

    func json(for version: ProtocolVersion) -> JSONObject {
        var object: JSONObject = ["content": .array(content.compactMap { $0.json(for: version) })]
        if version.hasStructuredContent { object["structuredContent"] = structured.map(JSONValue.object) }
        if isError { object["isError"] = true }
        return object
    }
}
