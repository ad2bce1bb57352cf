/// The type of a value in a structured result: one value that makes the JSON Schema and encodes by it.
public struct OutputType<Value>: Sendable {
    /// The JSON Schema (2020-12) of the type.
    @usableFromInline let schema: JSONObject
    /// The named shapes that the schema refers to.
    @usableFromInline let references: [ShapeReference]
    @usableFromInline let encode: @Sendable (Value) -> JSONValue

    @usableFromInline init(schema: JSONObject, references: [ShapeReference] = [], encode: @escaping @Sendable (Value) -> JSONValue) {
        self.schema = schema
        self.references = references
        self.encode = encode
    }

    /// The type for values that `transform` turns into its own, for example identifiers that are written as text.
    public func mapped<Other>(from transform: @escaping @Sendable (Other) -> Value) -> OutputType<Other> {
        OutputType<Other>(schema: schema, references: references) { [encode] in encode(transform($0)) }
    }
}

/// A shape that is described once and referred to by name.
@usableFromInline struct ShapeReference: Sendable {
    let name: String
    let schema: @Sendable () -> JSONObject
    let references: @Sendable () -> [ShapeReference]
}

extension OutputType where Value == String {
    /// Text.
    public static var string: Self { Self(schema: ["type": "string"]) { .string($0) } }
    /// A URI.
    public static var uri: Self { Self(schema: ["type": "string", "format": "uri"]) { .string($0) } }
    /// A point in time as RFC 3339 writes it.
    public static var dateTime: Self { Self(schema: ["type": "string", "format": "date-time"]) { .string($0) } }
}

extension OutputType where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
    /// The raw value of a case of `type`.
    public static func choice(of type: Value.Type) -> Self {
        Self(schema: ["type": "string", "enum": .array(type.allCases.map { .string($0.rawValue) })]) { .string($0.rawValue) }
    }
}

extension OutputType where Value == Int {
    /// A whole number.
    public static var integer: Self { Self(schema: ["type": "integer"]) { .integer($0) } }
}

extension OutputType where Value == Double {
    /// A finite number.
    public static var number: Self { Self(schema: ["type": "number"]) { .number($0) } }
}

extension OutputType where Value == Bool {
    /// `true` or `false`.
    public static var boolean: Self { Self(schema: ["type": "boolean"]) { .bool($0) } }
}

extension OutputType {
    /// A list of elements of one type, in order.
    @inlinable public static func array<Element>(of element: OutputType<Element>) -> Self where Value == [Element] {
        Self(schema: ["type": "array", "items": .object(element.schema)], references: element.references) { elements in
            var encoded: [JSONValue] = []
            encoded.reserveCapacity(elements.count)
            for value in elements { encoded.append(element.encode(value)) }
            return .array(encoded)
        }
    }

    /// A value of `type` or `null`.
    public static func nullable<Wrapped>(_ type: OutputType<Wrapped>) -> Self where Value == Wrapped? {
        Self(schema: ["anyOf": [.object(type.schema), ["type": "null"]]], references: type.references) { value in
            value.map(type.encode) ?? .null
        }
    }
}

extension OutputType where Value: ToolOutput {
    /// A nested object, described in place.
    @inlinable public static func object(_ type: Value.Type) -> Self {
        Self(schema: type.shape.schema, references: type.shape.references) { .object(type.shape.encode($0)) }
    }

    /// A nested object, described once under `name` and referred to: the way to write a type that contains itself.
    public static func reference(_ type: Value.Type, name: String) -> Self {
        let reference = ShapeReference(name: name, schema: { type.shape.schema }, references: { type.shape.references })
        return Self(schema: ["$ref": .string("#/$defs/\(name)")], references: [reference]) { .object(type.shape.encode($0)) }
    }
}
