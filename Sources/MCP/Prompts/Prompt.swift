/// A prompt: messages that a person picks by name, filled with arguments.
public struct Prompt<Principal: Sendable>: Sendable {
    /// The name that clients ask for: 1 to 64 of `A-Z a-z 0-9 _ . -`.
    public let name: String
    /// The name for people.
    public let title: String?
    /// What it is for.
    public let description: String
    /// What it can be filled with.
    public let arguments: [PromptArgument]
    /// Arguments that it takes.
    public let example: JSONObject
    let isVisible: (@Sendable (Principal) -> Bool)?
    let make: @Sendable (JSONObject, RequestContext<Principal>) async throws -> [PromptMessage]

    /// A prompt with typed arguments; what lists show of them comes from the type.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 of `A-Z a-z 0-9 _ . -`.
    ///   - title: the name for people.
    ///   - description: what it is for.
    ///   - isVisible: who may see and use it; nil for everybody. For others it does not exist.
    ///   - handler: makes the messages from the arguments, all of which must be of a type that is written as a string. Throws `ProtocolError`
    ///     for what the client should know; anything else is an internal error.
    public init<Input: ToolInput>(
        _ name: String, title: String? = nil, description: String, isVisible: (@Sendable (Principal) -> Bool)? = nil,
        handler: @escaping @Sendable (Input, RequestContext<Principal>) async throws -> [PromptMessage]
    ) {
        precondition(Tool<Principal>.isValid(name: name), "a prompt cannot be named \(name)")
        let schema = Input.arguments.schema
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        arguments = (schema["properties"]?.objectValue?.members ?? []).map { member in
            precondition(member.value["type"] == "string", "the argument \(member.key) of the prompt \(name) is no string")
            return PromptArgument(
                name: member.key, summary: member.value["description"]?.stringValue, isRequired: required.contains(member.key))
        }
        self.name = name
        self.title = title
        self.description = description
        example = Input.arguments.example
        self.isVisible = isVisible
        make = { arguments, context in
            let input: Input
            do throws(ArgumentIssues) {
                input = try Input.arguments.decode(arguments)
            } catch {
                throw ProtocolError(.invalidParams, error.description)
            }
            return try await handler(input, context)
        }
    }

    func json(for version: ProtocolVersion) -> JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if version.hasStructuredContent { object["title"] = title.map(JSONValue.string) }
        object["description"] = .string(description)
        if !arguments.isEmpty { object["arguments"] = .array(arguments.map(\.json)) }
        return .object(object)
    }
}

/// One argument of a prompt, as lists show it.
public struct PromptArgument: Sendable, Hashable {
    /// The name, as clients send it.
    public let name: String
    /// What it is.
    public let summary: String?
    /// Whether the prompt cannot be made without it.
    public let isRequired: Bool

    var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        object["description"] = summary.map(JSONValue.string)
        object["required"] = .bool(isRequired)
        return .object(object)
    }
}
