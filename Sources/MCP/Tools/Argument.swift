/// One named argument of a tool.
public struct Argument<Value: Sendable>: Sendable {
    /// The name, as clients send it.
    public let name: String
    /// Whether a call without it is refused.
    public let isRequired: Bool
    let schema: JSONObject
    let example: JSONValue
    private let decode: @Sendable (JSONValue?) throws(ArgumentIssue) -> Value

    private init(
        name: String, isRequired: Bool, schema: JSONObject, description: String, example: JSONValue,
        decode: @escaping @Sendable (JSONValue?) throws(ArgumentIssue) -> Value
    ) {
        var schema = schema
        schema["description"] = .string(description)
        self.name = name
        self.isRequired = isRequired
        self.schema = schema
        self.example = example
        self.decode = decode
    }

    /// An argument that every call must have.
    ///
    /// - Parameters:
    ///   - name: the name, as clients send it.
    ///   - type: what it may be.
    ///   - description: one line for the model; bounds are added to the schema by the type.
    ///   - example: a value for examples in tests and documentation; must fit the type. Without one, the smallest that fits.
    public init(_ name: String, _ type: ArgumentType<Value>, _ description: String, example: JSONValue? = nil) {
        self.init(
            name: name, isRequired: true, schema: type.schema, description: description, example: example ?? type.example
        ) { value throws(ArgumentIssue) in
            guard let value else {
                throw ArgumentIssue(field: "", problem: "is missing", hint: "It is required: \(description)")
            }
            return try type.decode(value)
        }
    }

    /// An argument that may be left out and then is nil. `null` counts as left out: models send it, although the schema does not ask them to.
    public init<Wrapped>(
        optional name: String, _ type: ArgumentType<Wrapped>, _ description: String, example: JSONValue? = nil
    ) where Value == Wrapped? {
        self.init(
            name: name, isRequired: false, schema: type.schema, description: description, example: example ?? type.example
        ) { value throws(ArgumentIssue) in
            guard let value, !value.isNull else { return nil }
            return try type.decode(value)
        }
    }

    /// An argument that may be left out (or `null`) and then is `fallback`, which the schema shows and the type must accept.
    public init(_ name: String, _ type: ArgumentType<Value>, _ description: String, default fallback: JSONValue) {
        var schema = type.schema
        schema["default"] = fallback
        self.init(
            name: name, isRequired: false, schema: schema, description: description, example: fallback
        ) { value throws(ArgumentIssue) in
            let given = value.flatMap { $0.isNull ? nil : $0 }
            return try type.decode(given ?? fallback)
        }
    }

    /// Decodes the value that a call has for this argument.
    func value(from arguments: JSONObject) throws(ArgumentIssue) -> Value {
        do throws(ArgumentIssue) { return try decode(arguments[name]) } catch { throw error.nested(in: name) }
    }

    /// The same argument, which clients of 2026-07-28 also send as the header `Mcp-Param-` and `header`, for gateways that route by it. Only
    /// for strings, integers and booleans at the top of a tool's arguments.
    ///
    /// - Parameter header: the rest of the header's name; unique within the tool.
    public func mirrored(in header: String) -> Argument { Argument(self, header: header) }

    private init(_ other: Argument, header: String) {
        var schema = other.schema
        schema["x-mcp-header"] = .string(header)
        name = other.name
        isRequired = other.isRequired
        self.schema = schema
        example = other.example
        decode = other.decode
    }
}
