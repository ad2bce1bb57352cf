import APIModel
import Domain
import MCP

extension Parameter {
    private static func query(
        _ name: String, _ note: String, isRequired: Bool = false, _ schema: JSONObject, _ read: @escaping @Sendable (Call) throws -> Value
    ) -> Parameter {
        Parameter(
            declaration: ParameterDeclaration(name: name, place: .query, isRequired: isRequired, note: note, form: .plain(schema)),
            read: read)
    }
}

extension Parameter where Value == Int {
    /// A whole number within `range`; `fallback` without one.
    static func integer(_ name: String, _ range: ClosedRange<Int>, default fallback: Int, _ note: String) -> Self {
        query(
            name, note,
            [
                "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
                "default": .integer(fallback),
            ]
        ) { call in try call.query.integer(name, in: range, default: fallback) }
    }

    /// The number of items before the page.
    static let offset = integer("offset", Limits.offset, default: 0, "Items to leave out at the start.")
}

extension Parameter where Value == Int? {
    /// A whole number within `range`; nil without one.
    static func integer(optional name: String, _ range: ClosedRange<Int>, _ note: String) -> Self {
        query(name, note, ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]) { call in
            try call.query.integer(name, in: range)
        }
    }
}

extension Parameter where Value == Int64? {
    /// A number of an event; nil without one.
    static func number(optional name: String, _ note: String) -> Self {
        query(name, note, ["type": "integer", "format": "int64", "minimum": 0, "maximum": .integer(.max)]) { call in
            try call.query.text(name).map { text in
                guard let number = Int64(text), number >= 0 else {
                    throw Fault.invalid(
                        field: name, "The parameter \(name) is no such number.", limit: "0 or more", hint: "Take it from the reply before.")
                }
                return number
            }
        }
    }
}

extension Parameter where Value == String? {
    /// A text of `length` characters; nil without one.
    ///
    /// - Parameter format: what it is, for readers of the description.
    /// - Parameter pattern: a narrower one than that of any text, where the use case refuses the rest.
    static func text(
        optional name: String, _ length: ClosedRange<Int>, format: String? = nil, pattern: String? = nil, _ note: String,
        hint: String? = nil
    ) -> Self {
        query(name, note, Self.schema(length, format, pattern)) { call in try call.query.text(name, length: length, hint: hint) }
    }

    fileprivate static func schema(_ length: ClosedRange<Int>, _ format: String?, _ pattern: String?) -> JSONObject {
        var schema: JSONObject = [
            "type": "string", "minLength": .integer(length.lowerBound), "maxLength": .integer(length.upperBound),
            "pattern": .string(pattern ?? TextRule.text.pattern),
        ]
        if let format { schema["format"] = .string(format) }
        return schema
    }

    /// The name of a library.
    static let library = text(optional: "library", Limits.nameLength, "Only this library.")
    /// A version of a library.
    static let version = text(optional: "version", Limits.nameLength, "Only this version.")
}

extension Parameter where Value == String {
    /// A text of `length` characters that every call must have.
    static func text(
        _ name: String, _ length: ClosedRange<Int>, format: String? = nil, pattern: String? = nil, _ note: String, hint: String
    ) -> Self {
        query(name, note, isRequired: true, Parameter<String?>.schema(length, format, pattern)) { call in
            guard let value = try call.query.text(name, length: length, hint: hint) else {
                throw Fault.invalid(
                    field: name, "The parameter \(name) is missing.", limit: "\(length.lowerBound) to \(length.upperBound) characters",
                    hint: hint)
            }
            return value
        }
    }
}

extension Parameter where Value == Bool {
    /// `true` or `false`; false without one.
    static func flag(_ name: String, _ note: String) -> Self {
        query(name, note, ["type": "boolean", "default": false]) { call in
            switch try call.query.text(name) {
            case nil, "false": return false
            case "true": return true
            default: throw Fault.invalid(field: name, "The parameter \(name) is neither true nor false.", limit: "true, false")
            }
        }
    }
}

extension Parameter {
    /// One of the cases of `Choice`; nil without one.
    static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(_ name: String, of type: Choice.Type, _ note: String) -> Self
    where Choice.RawValue == String, Value == Choice? {
        query(name, note, ["type": "string", "enum": .array(type.allCases.map { .string($0.rawValue) })]) { call in
            try call.query.choice(name, of: type)
        }
    }

    /// The identifier of a `kind` in the query; nil without one.
    static func identifier<Entity>(optional name: String, _ kind: String, of entity: Entity.Type) -> Self
    where Value == Identifier<Entity>? {
        query(name, "Only those of this \(kind).", ["type": "string", "format": "uuid"]) { call in
            try call.query.identifier(name, of: entity)
        }
    }
}

extension Parameter where Value == String {
    /// A name in the query that every call must have. One that `isName` does not take is out of bounds.
    static func name(_ name: String, _ note: String, pattern: String, isName: @escaping @Sendable (String) -> Bool) -> Self {
        query(name, note, isRequired: true, ["type": "string", "pattern": .string(pattern)]) { call in
            guard let text = try call.query.text(name), isName(text) else {
                throw Fault.invalid(field: name, "The parameter \(name) is missing or no such name.", hint: "Take it from a list.")
            }
            return text
        }
    }
}
