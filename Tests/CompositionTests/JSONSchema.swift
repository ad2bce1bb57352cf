import FoundationEssentials

/// A JSON value as it stands in a text.
indirect enum JSONValue: Decodable, Equatable {
    case null, bool(Bool), number(Double), text(String), list([JSONValue]), object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    subscript(_ key: String) -> JSONValue? { if case .object(let fields) = self { fields[key] } else { nil } }

    var list: [JSONValue] { if case .list(let values) = self { values } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var fields: [String: JSONValue] { if case .object(let fields) = self { fields } else { [:] } }
}

/// The part of JSON Schema 2020-12 that the schema of the events uses; a keyword beyond it is a mistake, not a thing to skip.
struct JSONSchema {
    let root: JSONValue

    init(_ root: JSONValue) { self.root = root }

    /// What is wrong with `value`, each with its place; empty when it fits.
    func problems(_ value: JSONValue) throws -> [String] { try problems(value, root, "") }

    private func problems(_ value: JSONValue, _ schema: JSONValue, _ place: String) throws -> [String] {
        if case .bool(let isAllowed) = schema { return isAllowed ? [] : ["\(place) is not allowed"] }
        var found: [String] = []
        for (keyword, rule) in schema.fields {
            switch keyword {
            case "$schema", "$id", "title", "description", "additionalProperties", "then": break
            case "type":
                let names = rule.list.isEmpty ? [rule] : rule.list
                if !names.contains(where: { Self.isOf($0.text ?? "", value) }) { found.append("\(place) has another type") }
            case "enum": if !rule.list.contains(value) { found.append("\(place) has none of the values") }
            case "const": if rule != value { found.append("\(place) has another value") }
            case "minimum":
                if case .number(let number) = value, case .number(let least) = rule, number < least {
                    found.append("\(place) is too small")
                }
            case "minLength":
                if case .text(let text) = value, case .number(let least) = rule, Double(text.count) < least {
                    found.append("\(place) is too short")
                }
            case "maxLength":
                if case .text(let text) = value, case .number(let most) = rule, Double(text.count) > most {
                    found.append("\(place) is too long")
                }
            case "pattern":
                if case .text(let text) = value, let pattern = rule.text, try Regex(pattern).firstMatch(in: text) == nil {
                    found.append("\(place) does not match")
                }
            case "required":
                guard case .object(let fields) = value else { break }
                for name in rule.list.compactMap(\.text) where fields[name] == nil { found.append("\(place)/\(name) is missing") }
            case "properties":
                guard case .object(let fields) = value else { break }
                for (name, field) in fields {
                    if let inner = rule[name] ?? schema["additionalProperties"] { found += try problems(field, inner, "\(place)/\(name)") }
                }
            case "allOf": for inner in rule.list { found += try problems(value, inner, place) }
            case "if": if let then = schema["then"], try problems(value, rule, place).isEmpty { found += try problems(value, then, place) }
            default: found.append("the schema has the keyword \(keyword), which this test cannot check")
            }
        }
        if schema["properties"] == nil, let inner = schema["additionalProperties"], case .object(let fields) = value {
            for (name, field) in fields { found += try problems(field, inner, "\(place)/\(name)") }
        }
        return found
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .list), ("string", .text), ("number", .number), ("boolean", .bool), ("null", .null): true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}
