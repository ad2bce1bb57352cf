/// The type of an argument: one value that makes the JSON Schema and decodes by it, so that the two cannot drift apart.
public struct ArgumentType<Value: Sendable>: Sendable {
    /// The JSON Schema (2020-12) of the type.
    public let schema: JSONObject
    /// A value that fits the schema, for examples.
    let example: JSONValue
    let decode: @Sendable (JSONValue) throws(ArgumentIssue) -> Value

    init(schema: JSONObject, example: JSONValue, decode: @escaping @Sendable (JSONValue) throws(ArgumentIssue) -> Value) {
        self.schema = schema
        self.example = example
        self.decode = decode
    }

    /// This type as a step to another. `transform` may refuse what the schema cannot express.
    public func map<Other: Sendable>(
        _ transform: @escaping @Sendable (Value) throws(ArgumentIssue) -> Other
    ) -> ArgumentType<Other> {
        ArgumentType<Other>(schema: schema, example: example) { [decode] value throws(ArgumentIssue) in try transform(decode(value)) }
    }
}

func mismatch(_ value: JSONValue, expected: String) -> ArgumentIssue {
    ArgumentIssue(field: "", problem: "must be \(expected), not \(value.typeName)")
}

extension ArgumentType where Value == String {
    /// Text of `length` Unicode scalars. Whatever the length, U+0000 is refused: databases cannot store it.
    public static func string(length: ClosedRange<Int> = 1...1000) -> Self {
        let schema: JSONObject = ["type": "string", "minLength": .integer(length.lowerBound), "maxLength": .integer(length.upperBound)]
        return Self(schema: schema, example: .string(String(repeating: "a", count: length.lowerBound))) { value throws(ArgumentIssue) in
            guard let text = value.stringValue else { throw mismatch(value, expected: "a string") }
            let count = text.unicodeScalars.count
            guard length.contains(count) else {
                throw ArgumentIssue(
                    field: "", problem: "must have from \(length.lowerBound) to \(length.upperBound) characters, not \(count)")
            }
            guard !text.utf8.contains(0) else { throw ArgumentIssue(field: "", problem: "must not contain U+0000") }
            return text
        }
    }

    /// One of `choices`, of which there is at least one.
    public static func choice(_ choices: [String]) -> Self {
        let schema: JSONObject = ["type": "string", "enum": .array(choices.map(JSONValue.string))]
        return Self(schema: schema, example: .string(choices.first ?? "")) { value throws(ArgumentIssue) in
            guard let text = value.stringValue else { throw mismatch(value, expected: "a string") }
            guard choices.contains(text) else {
                throw ArgumentIssue(field: "", problem: "must be one of \(choices.map { "`\($0)`" }.joined(separator: ", "))")
            }
            return text
        }
    }
}

extension ArgumentType where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the cases of the enumeration `type`, by raw value.
    public static func choice(of type: Value.Type) -> Self {
        ArgumentType<String>.choice(type.allCases.map(\.rawValue)).map { text throws(ArgumentIssue) in
            guard let value = Value(rawValue: text) else { throw mismatch(.string(text), expected: "one of the choices") }
            return value
        }
    }
}

extension ArgumentType where Value == Int {
    /// A whole number in `range`.
    public static func integer(_ range: ClosedRange<Int>) -> Self {
        let schema: JSONObject = ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        return Self(schema: schema, example: .integer(range.lowerBound)) { value throws(ArgumentIssue) in
            guard let number = value.integerValue else {
                // A double beyond 64 bits is a whole number all the same, and so outside of every range.
                guard value.numberValue == nil || value.numberValue != value.numberValue?.rounded() else {
                    throw ArgumentIssue(field: "", problem: "must be from \(range.lowerBound) to \(range.upperBound)")
                }
                throw mismatch(value, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
            }
            guard range.contains(number) else {
                throw ArgumentIssue(field: "", problem: "must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
            }
            return number
        }
    }
}

extension ArgumentType where Value == Double {
    /// A number in `range`.
    public static func number(_ range: ClosedRange<Double>) -> Self {
        let schema: JSONObject = ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        return Self(schema: schema, example: .number(range.lowerBound)) { value throws(ArgumentIssue) in
            guard let number = value.numberValue else { throw mismatch(value, expected: "a number") }
            guard range.contains(number) else {
                throw ArgumentIssue(field: "", problem: "must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
            }
            return number
        }
    }
}

extension ArgumentType where Value == Bool {
    /// `true` or `false`.
    public static var boolean: Self {
        Self(schema: ["type": "boolean"], example: false) { value throws(ArgumentIssue) in
            guard let flag = value.boolValue else { throw mismatch(value, expected: "true or false") }
            return flag
        }
    }
}

extension ArgumentType {
    /// A list of `count` elements of one type.
    public static func array<Element>(of element: ArgumentType<Element>, count: ClosedRange<Int>) -> Self where Value == [Element] {
        let schema: JSONObject = [
            "type": "array", "items": .object(element.schema), "minItems": .integer(count.lowerBound),
            "maxItems": .integer(count.upperBound),
        ]
        let example = JSONValue.array(Array(repeating: element.example, count: count.lowerBound))
        return Self(schema: schema, example: example) { value throws(ArgumentIssue) in
            guard let elements = value.arrayValue else { throw mismatch(value, expected: "an array") }
            guard count.contains(elements.count) else {
                throw ArgumentIssue(
                    field: "", problem: "must have from \(count.lowerBound) to \(count.upperBound) elements, not \(elements.count)")
            }
            var result: [Element] = []
            result.reserveCapacity(elements.count)
            for (index, item) in elements.enumerated() {
                do throws(ArgumentIssue) { result.append(try element.decode(item)) } catch { throw error.nested(in: "[\(index)]") }
            }
            return result
        }
    }

    /// A nested object with arguments of its own.
    public static func object(_ arguments: Arguments<Value>) -> Self {
        Self(schema: arguments.schema, example: .object(arguments.example)) { value throws(ArgumentIssue) in
            guard let object = value.objectValue else { throw mismatch(value, expected: "an object") }
            do throws(ArgumentIssues) { return try arguments.decode(object) } catch { throw error.issues[0] }
        }
    }
}
