/// The fields of a form, each of a simple type: no nesting.
///
/// ```swift
/// ElicitationForm([("name", ["type": "string", "title": "Your name"])], required: ["name"])
/// ```
public struct ElicitationForm: Sendable, Hashable {
    let schema: JSONObject
    private let fields: JSONObject
    private let required: [String]

    /// - Parameters:
    ///   - fields: the name of each field and its schema: a string (with `enum`, or `oneOf` of `const` and `title`), a number, an integer, a
    ///     boolean, or an array of choices.
    ///   - required: the fields that must be filled in.
    public init(_ fields: [(String, JSONObject)], required: [String] = []) {
        self.fields = JSONObject(fields.map { ($0, .object($1)) })
        self.required = required
        var schema: JSONObject = ["type": "object", "properties": .object(self.fields)]
        if !required.isEmpty { schema["required"] = .array(required.map(JSONValue.string)) }
        self.schema = schema
    }

    /// What is wrong with `content`, as the rest of a sentence; nil when it fits. Fields that the form does not have are ignored.
    func problem(with content: JSONObject) -> String? {
        if let missing = required.first(where: { content[$0] == nil }) { return "lacks the field \(missing)" }
        for field in fields.members {
            guard let value = content[field.key], let schema = field.value.objectValue else { continue }
            if !Self.fits(value, schema) { return "has a wrong value for the field \(field.key)" }
        }
        return nil
    }

    private static func fits(_ value: JSONValue, _ schema: JSONObject) -> Bool {
        switch schema["type"]?.stringValue {
        case "string":
            guard let text = value.stringValue else { return false }
            let count = text.unicodeScalars.count
            let isLong = count > schema["maxLength"]?.integerValue ?? .max
            return !isLong && count >= schema["minLength"]?.integerValue ?? 0 && choices(schema).map { $0.contains(value) } ?? true
        case "integer": return value.integerValue.map { isWithin(Double($0), schema) } ?? false
        case "number": return value.numberValue.map { isWithin($0, schema) } ?? false
        case "boolean": return value.boolValue != nil
        case "array":
            guard let elements = value.arrayValue else { return false }
            guard elements.count >= schema["minItems"]?.integerValue ?? 0, elements.count <= schema["maxItems"]?.integerValue ?? .max else {
                return false
            }
            guard let allowed = schema["items"]?.objectValue.flatMap(choices) else { return true }
            return elements.allSatisfy(allowed.contains)
        default: return true
        }
    }

    private static func isWithin(_ number: Double, _ schema: JSONObject) -> Bool {
        number >= schema["minimum"]?.numberValue ?? -.infinity && number <= schema["maximum"]?.numberValue ?? .infinity
    }

    /// The values that a schema allows; nil when it does not list them.
    private static func choices(_ schema: JSONObject) -> [JSONValue]? {
        if let values = schema["enum"]?.arrayValue { return values }
        return (schema["oneOf"] ?? schema["anyOf"])?.arrayValue?.compactMap { $0["const"] }
    }
}
