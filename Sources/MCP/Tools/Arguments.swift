/// The arguments of a tool, declared once: the same declaration makes the JSON Schema and the typed value.
///
/// ```swift
/// struct Search: ToolInput {
///     let query: String
///     let limit: Int
///     static let arguments = Arguments(
///         Argument("query", .string(length: 1...500), "What to look for"),
///         Argument("limit", .integer(1...50), "How many results", default: 10)
///     ) { Search(query: $0, limit: $1) }
/// }
/// ```
public struct Arguments<Input: Sendable>: Sendable {
    /// The JSON Schema (2020-12): an object that allows nothing else.
    public let schema: JSONObject
    /// A call with all arguments, which decodes.
    public let example: JSONObject
    private let names: [String]
    private let decodeValues: @Sendable (JSONObject) throws(ArgumentIssues) -> Input

    /// - Parameters:
    ///   - arguments: the arguments in the order in which clients see them; their names must differ.
    ///   - build: makes the value. It may refuse combinations, with an `ArgumentIssue`, which a schema should not try to express: some
    ///     clients reject tools whose schema has `anyOf` or `oneOf` at the top.
    public init<each Value: Sendable>(
        _ arguments: repeat Argument<each Value>,
        build: @escaping @Sendable (repeat each Value) throws(ArgumentIssue) -> Input
    ) {
        var properties = JSONObject()
        var required: [JSONValue] = []
        var example = JSONObject()
        func declare<Single>(_ argument: Argument<Single>) {
            precondition(properties[argument.name] == nil, "two arguments are named \(argument.name)")
            properties[argument.name] = .object(argument.schema)
            example[argument.name] = argument.example
            if argument.isRequired { required.append(.string(argument.name)) }
        }
        repeat declare(each arguments)
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required) }
        schema["additionalProperties"] = false
        self.schema = schema
        self.example = example
        names = properties.keys
        let declared = (repeat each arguments)
        decodeValues = { (object: JSONObject) throws(ArgumentIssues) -> Input in
            var issues: [ArgumentIssue] = []
            func attempt<Single>(_ argument: Argument<Single>) -> Single? {
                do throws(ArgumentIssue) {
                    return try argument.value(from: object)
                } catch {
                    issues.append(error)
                    return nil
                }
            }
            let values = (repeat attempt(each declared))
            guard issues.isEmpty else { throw ArgumentIssues(issues: issues) }
            do throws(ArgumentIssue) {
                // No issue means that every attempt returned a value.
                return try build(repeat (each values)!)
            } catch {
                throw ArgumentIssues(issues: [error])
            }
        }
    }

    /// The typed value of a call.
    ///
    /// - Throws: all issues at once, unknown arguments first.
    public func decode(_ object: JSONObject) throws(ArgumentIssues) -> Input {
        let unknown = object.keys.filter { !names.contains($0) }
        guard unknown.isEmpty else {
            let allowed = names.isEmpty ? "The tool takes no arguments." : "Allowed are \(names.map { "`\($0)`" }.joined(separator: ", "))."
            let issues = unknown.prefix(5).map { ArgumentIssue(field: shortened($0), problem: "is unknown", hint: allowed) }
            throw ArgumentIssues(issues: issues)
        }
        return try decodeValues(object)
    }
}

/// A value from a client at a length that fits into a message.
func shortened(_ text: String) -> String {
    text.unicodeScalars.count <= 100 ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(100))) + "…"
}
