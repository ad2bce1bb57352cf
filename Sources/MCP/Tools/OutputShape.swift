/// The members of a structured result, declared once: the same declaration makes the JSON Schema and encodes the value.
///
/// ```swift
/// struct Hit: ToolOutput {
///     let url: String
///     let note: String?
///     static let shape = OutputShape<Hit>(
///         .member("url", .uri, "Where it is") { $0.url },
///         .optional("note", .string, "What to know") { $0.note })
/// }
/// ```
///
/// What runs with each call is inlinable: as generic code it would look its types up at run time, which costs more than the rest.
public struct OutputShape<Root>: Sendable {
    /// One member of the object.
    public struct Member: Sendable {
        @usableFromInline let name: String
        let isRequired: Bool
        let schema: JSONObject
        let references: [ShapeReference]
        @usableFromInline let encode: @Sendable (Root) -> JSONValue?

        /// A member that is always there.
        @inlinable public static func member<Value>(
            _ name: String, _ type: OutputType<Value>, _ description: String, _ value: @escaping @Sendable (Root) -> Value
        ) -> Member {
            Member(name: name, isRequired: true, type: type, description: description) { type.encode(value($0)) }
        }

        /// A member that is left out when its value is nil.
        @inlinable public static func optional<Value>(
            _ name: String, _ type: OutputType<Value>, _ description: String, _ value: @escaping @Sendable (Root) -> Value?
        ) -> Member {
            Member(name: name, isRequired: false, type: type, description: description) {
                if let value = value($0) { type.encode(value) } else { nil }
            }
        }

        @usableFromInline init<Value>(
            name: String, isRequired: Bool, type: OutputType<Value>, description: String, encode: @escaping @Sendable (Root) -> JSONValue?
        ) {
            var schema = type.schema
            schema["description"] = .string(description)
            self.name = name
            self.isRequired = isRequired
            self.schema = schema
            references = type.references
            self.encode = encode
        }
    }

    @usableFromInline let members: [Member]

    /// The members in the order in which they are written; their names must differ.
    public init(_ members: Member...) {
        precondition(Set(members.map(\.name)).count == members.count, "two members have the same name")
        self.members = members
    }

    /// The JSON Schema of the object, without the definitions that it refers to. Objects allow more members than are declared, so that a
    /// server may add some without breaking clients that validate.
    @usableFromInline var schema: JSONObject {
        var schema: JSONObject = [
            "type": "object", "properties": .object(JSONObject(members.map { ($0.name, .object($0.schema)) })),
        ]
        let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        return schema
    }

    @usableFromInline var references: [ShapeReference] { members.flatMap(\.references) }

    /// The JSON Schema (2020-12) of the object with all definitions that it needs.
    public var completeSchema: JSONObject {
        var definitions = JSONObject()
        var open = references
        while let reference = open.popLast() {
            guard definitions[reference.name] == nil else { continue }
            definitions[reference.name] = .object(reference.schema())
            open += reference.references()
        }
        var complete = schema
        if !definitions.isEmpty { complete["$defs"] = .object(definitions) }
        return complete
    }

    /// The value as JSON, members in the order of the declaration.
    @inlinable public func encode(_ root: Root) -> JSONObject {
        var encoded: [JSONObject.Member] = []
        encoded.reserveCapacity(members.count)
        for member in members {
            if let value = member.encode(root) { encoded.append(JSONObject.Member(key: member.name, value: value)) }
        }
        return JSONObject(distinct: encoded)
    }
}

/// A type that a tool returns as its structured result.
public protocol ToolOutput: Sendable {
    /// The declaration that encodes it and describes it.
    static var shape: OutputShape<Self> { get }
}
