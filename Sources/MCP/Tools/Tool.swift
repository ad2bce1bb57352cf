/// A tool: its declaration and what it does.
///
/// `Principal` is whatever the server in front knows about its caller.
public struct Tool<Principal: Sendable>: Sendable {
    /// The name that clients call: 1 to 64 of `A-Z a-z 0-9 _ . -`.
    public let name: String
    /// The name for people.
    public let title: String?
    /// What it does and when to use it, for the model.
    public let description: String
    /// Hints about its effects.
    public let annotations: ToolAnnotations?
    /// The JSON Schema of the arguments.
    public let inputSchema: JSONObject
    /// The JSON Schema of the structured result.
    public let outputSchema: JSONObject?
    /// A call that decodes; nil for tools that take their arguments raw.
    public let example: JSONObject?
    let uses: ToolFeatures
    let requiresTasks: Bool
    private let mirroredArguments: [(name: String, header: String)]
    let isVisible: (@Sendable (Principal) -> Bool)?
    let call: @Sendable (JSONObject, RequestContext<Principal>) async throws -> Deferred<ToolResult>

    private init(
        name: String, title: String?, description: String, annotations: ToolAnnotations?, inputSchema: JSONObject,
        outputSchema: JSONObject?, example: JSONObject?, uses: ToolFeatures, requiresTasks: Bool = false,
        isVisible: (@Sendable (Principal) -> Bool)?,
        call: @escaping @Sendable (JSONObject, RequestContext<Principal>) async throws -> Deferred<ToolResult>
    ) {
        precondition(Self.isValid(name: name), "a tool cannot be named \(name)")
        precondition(inputSchema["type"] == "object", "the input schema of \(name) must be an object's")
        self.name = name
        self.title = title
        self.description = description
        self.annotations = annotations
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.example = example
        self.uses = uses
        self.requiresTasks = requiresTasks
        mirroredArguments = (inputSchema["properties"]?.objectValue?.members ?? []).compactMap { member in
            member.value["x-mcp-header"]?.stringValue.map { (member.key, "Mcp-Param-\($0)") }
        }
        self.isVisible = isVisible
        self.call = call
    }

    /// A tool with typed arguments and a structured result; both schemas come from the types.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 of `A-Z a-z 0-9 _ . -`.
    ///   - title: the name for people.
    ///   - description: what it does and when to use it, for the model.
    ///   - annotations: hints about its effects.
    ///   - uses: what the handler does beside returning a result; clients that want it then get a stream.
    ///   - isVisible: who may see and call it; nil for everybody. For others it does not exist.
    ///   - text: the text rendering of the result; without one, its JSON.
    ///   - links: resources to point at.
    ///   - handler: does the work. Throws `ToolFailure` or `ArgumentIssue` for what the model should know, `ProtocolError` for what the client should;
    ///     anything else is reported and shown as an internal error. Runs in the caller's task and is cancelled with it.
    public init<Input: ToolInput, Output: ToolOutput>(
        _ name: String, title: String? = nil, description: String, annotations: ToolAnnotations? = nil, uses: ToolFeatures = [],
        isVisible: (@Sendable (Principal) -> Bool)? = nil, text: (@Sendable (Output) -> String)? = nil,
        links: (@Sendable (Output) -> [ResourceDescription])? = nil,
        handler: @escaping @Sendable (Input, RequestContext<Principal>) async throws -> Output
    ) {
        self.init(
            name: name, title: title, description: description, annotations: annotations, inputSchema: Input.arguments.schema,
            outputSchema: Output.shape.completeSchema, example: Input.arguments.example, uses: uses,
            isVisible: isVisible
        ) { arguments, context in
            let output = try await handler(try Input.arguments.decode(arguments), context)
            return .now(Self.result(output, text: text, links: links))
        }
    }

    /// A tool as above that may put its work off, for clients that take tasks (``RequestContext/acceptsTasks``).
    ///
    /// - Parameters:
    ///   - name: 1 to 64 of `A-Z a-z 0-9 _ . -`.
    ///   - title: the name for people.
    ///   - description: what it does and when to use it, for the model.
    ///   - annotations: hints about its effects.
    ///   - requiresTasks: whether clients that do not take tasks are refused.
    ///   - uses: what the handler does beside returning a result.
    ///   - isVisible: who may see and call it; nil for everybody. For others it does not exist.
    ///   - text: the text rendering of the result; without one, its JSON.
    ///   - handler: does the work or stores a task; see above.
    public init<Input: ToolInput, Output: ToolOutput>(
        deferring name: String, title: String? = nil, description: String, annotations: ToolAnnotations? = nil,
        requiresTasks: Bool = false, uses: ToolFeatures = [], isVisible: (@Sendable (Principal) -> Bool)? = nil,
        text: (@Sendable (Output) -> String)? = nil,
        handler: @escaping @Sendable (Input, RequestContext<Principal>) async throws -> Deferred<Output>
    ) {
        self.init(
            name: name, title: title, description: description, annotations: annotations, inputSchema: Input.arguments.schema,
            outputSchema: Output.shape.completeSchema, example: Input.arguments.example, uses: uses, requiresTasks: requiresTasks,
            isVisible: isVisible
        ) { arguments, context in
            switch try await handler(try Input.arguments.decode(arguments), context) {
            case .now(let output): .now(Self.result(output, text: text, links: nil))
            case .later(let task): .later(task)
            }
        }
    }

    /// A tool with typed arguments and content only that may put its work off; see above.
    public init<Input: ToolInput>(
        deferringContent name: String, title: String? = nil, description: String, annotations: ToolAnnotations? = nil,
        requiresTasks: Bool = false, uses: ToolFeatures = [], isVisible: (@Sendable (Principal) -> Bool)? = nil,
        handler: @escaping @Sendable (Input, RequestContext<Principal>) async throws -> Deferred<ToolResult>
    ) {
        self.init(
            name: name, title: title, description: description, annotations: annotations, inputSchema: Input.arguments.schema,
            outputSchema: nil, example: Input.arguments.example, uses: uses, requiresTasks: requiresTasks, isVisible: isVisible
        ) { arguments, context in try await handler(try Input.arguments.decode(arguments), context) }
    }

    /// The structured result of a task, or of anything that is answered with one: as the tool would answer with `output`.
    @inlinable public static func result<Output: ToolOutput>(
        _ output: Output, text: (@Sendable (Output) -> String)? = nil, links: (@Sendable (Output) -> [ResourceDescription])? = nil
    ) -> ToolResult {
        let structured = Output.shape.encode(output)
        let rendering = text?(output) ?? JSONValue.object(structured).serializedText
        let content = [ContentBlock.text(rendering)] + (links?(output) ?? []).map(ContentBlock.resourceLink)
        return ToolResult(content: content, structured: structured)
    }

    /// A tool with typed arguments whose result is content only.
    public init<Input: ToolInput>(
        content name: String, title: String? = nil, description: String, annotations: ToolAnnotations? = nil,
        uses: ToolFeatures = [], isVisible: (@Sendable (Principal) -> Bool)? = nil,
        handler: @escaping @Sendable (Input, RequestContext<Principal>) async throws -> ToolResult
    ) {
        self.init(
            name: name, title: title, description: description, annotations: annotations, inputSchema: Input.arguments.schema,
            outputSchema: nil, example: Input.arguments.example, uses: uses, isVisible: isVisible
        ) { arguments, context in
            .now(try await handler(try Input.arguments.decode(arguments), context))
        }
    }

    /// A tool with a schema written by hand, which goes out as it is; the handler checks the arguments itself.
    public init(
        raw name: String, title: String? = nil, description: String, annotations: ToolAnnotations? = nil, inputSchema: JSONObject,
        uses: ToolFeatures = [], isVisible: (@Sendable (Principal) -> Bool)? = nil,
        handler: @escaping @Sendable (JSONObject, RequestContext<Principal>) async throws -> ToolResult
    ) {
        self.init(
            name: name, title: title, description: description, annotations: annotations, inputSchema: inputSchema, outputSchema: nil,
            example: nil, uses: uses, isVisible: isVisible
        ) { arguments, context in .now(try await handler(arguments, context)) }
    }

    /// The headers that repeat `arguments`, as far as the schema asks for that, with the value that each must have.
    func mirrored(_ arguments: JSONObject) -> [(header: String, value: String?)] {
        mirroredArguments.map { name, header in
            switch arguments[name] {
            case .string(let text): (header, text)
            case .integer(let number): (header, String(number))
            case .bool(let flag): (header, flag ? "true" : "false")
            default: (header, nil)
            }
        }
    }

    /// The tool as lists show it.
    func json(for version: ProtocolVersion) -> JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if version.hasStructuredContent { object["title"] = title.map(JSONValue.string) }
        object["description"] = .string(description)
        object["inputSchema"] = .object(inputSchema)
        if version.hasStructuredContent { object["outputSchema"] = outputSchema.map(JSONValue.object) }
        object["annotations"] = annotations?.json
        return .object(object)
    }

    static func isValid(name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType == .decimal || "_.-".unicodeScalars.contains($0))
            }
    }
}
