import MCP

/// As much of JSON Schema 2020-12 as the schemas of the protocol and of the tools use. Unknown keywords are errors, so that no test passes
/// because the validator looked away.
struct SchemaValidator {
    private let root: JSONValue
    private static let annotations: Set<String> = [
        "description", "title", "default", "examples", "format", "$schema", "$defs", "$comment", "deprecated",
    ]

    init(root: JSONValue) { self.root = root }

    /// The first reason why `value` does not fit the schema at `path`; nil when it fits.
    func problem(with value: JSONValue, definition name: String) -> String? {
        guard let schema = root["$defs"]?[name] else { return "there is no definition \(name)" }
        return problem(with: value, schema: schema, at: name)
    }

    func problem(with value: JSONValue) -> String? { problem(with: value, schema: root, at: "$") }

    private func problem(with value: JSONValue, schema: JSONValue, at path: String) -> String? {
        if case .bool(let allows) = schema { return allows ? nil : "\(path): nothing is allowed here" }
        guard let keywords = schema.objectValue else { return "\(path): the schema is no object" }
        for member in keywords.members {
            if let problem = check(member.key, member.value, value, keywords, path) { return problem }
        }
        return nil
    }

    private func check(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ schema: JSONObject, _ path: String) -> String? {
        switch keyword {
        case "type":
            let names = rule.arrayValue?.compactMap(\.stringValue) ?? [rule.stringValue ?? ""]
            return names.contains { fits(value, $0) } ? nil : "\(path): \(value.typeName) is not of type \(names)"
        case "$ref":
            let name = rule.stringValue?.split(separator: "/").last.map(String.init) ?? ""
            guard let target = root["$defs"]?[name] else { return "\(path): \(rule) leads nowhere" }
            return problem(with: value, schema: target, at: path)
        case "const": return value == rule ? nil : "\(path): is not \(rule)"
        case "enum": return rule.arrayValue?.contains(value) == true ? nil : "\(path): \(value) is not one of \(rule)"
        case "anyOf":
            let problems = (rule.arrayValue ?? []).map { problem(with: value, schema: $0, at: path) }
            return problems.contains(nil) ? nil : "\(path): no alternative fits: \(problems.compactMap(\.self))"
        case "allOf":
            return (rule.arrayValue ?? []).lazy.compactMap { problem(with: value, schema: $0, at: path) }.first
        case "properties":
            guard let object = value.objectValue else { return nil }
            return (rule.objectValue?.members ?? []).lazy.compactMap { member in
                object[member.key].flatMap { problem(with: $0, schema: member.value, at: "\(path).\(member.key)") }
            }.first
        case "required":
            guard let object = value.objectValue else { return nil }
            return (rule.arrayValue ?? []).compactMap(\.stringValue).first { object[$0] == nil }.map { "\(path): \($0) is missing" }
        case "additionalProperties":
            let known = schema["properties"]?.objectValue?.keys ?? []
            return (value.objectValue?.members ?? []).lazy.filter { !known.contains($0.key) }
                .compactMap { problem(with: $0.value, schema: rule, at: "\(path).\($0.key)") }.first
        case "items":
            return (value.arrayValue ?? []).lazy.enumerated()
                .compactMap { problem(with: $0.element, schema: rule, at: "\(path)[\($0.offset)]") }.first
        case "minItems": return (value.arrayValue?.count ?? .max) >= rule.integerValue! ? nil : "\(path): too few"
        case "maxItems": return (value.arrayValue?.count ?? 0) <= rule.integerValue! ? nil : "\(path): too many"
        case "minLength":
            return (value.stringValue?.unicodeScalars.count ?? .max) >= rule.integerValue! ? nil : "\(path): too short"
        case "maxLength":
            return (value.stringValue?.unicodeScalars.count ?? 0) <= rule.integerValue! ? nil : "\(path): too long"
        case "minimum": return (value.numberValue ?? .infinity) >= rule.numberValue! ? nil : "\(path): too small"
        case "maximum": return (value.numberValue ?? -.infinity) <= rule.numberValue! ? nil : "\(path): too large"
        default: return Self.annotations.contains(keyword) ? nil : "\(path): unknown keyword \(keyword)"
        }
    }

    private func fits(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "integer": value.integerValue != nil || value.numberValue.map { $0 == $0.rounded() } == true
        case "number": value.numberValue != nil
        default: value.typeName == type
        }
    }
}
