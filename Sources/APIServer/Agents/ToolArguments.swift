import APIModel
import Domain
import MCP

extension ArgumentType where Value == String {
    /// A path of a section.
    static var path: Self { .string(length: DocumentationRoutes.pathLength) }
    /// A library's name or a version.
    static var name: Self { .string(length: Limits.nameLength) }
    /// What an earlier page gave as `next_cursor`.
    static var cursor: Self { .string(length: 1...400) }
}

extension ArgumentType {
    /// The UUID of a `kind`.
    static func identifier<Entity>(_ kind: String) -> Self where Value == Identifier<Entity> {
        ArgumentType<String>.string(length: 36...36).map { text throws(ArgumentIssue) in
            guard let id = Identifier<Entity>(text) else {
                throw ArgumentIssue(field: "", problem: "must be the UUID of a \(kind)", hint: "Take it from a list or a search.")
            }
            return id
        }
    }
}

/// An identifier for the examples of schemas.
let exampleIdentifier: JSONValue = "0198c0de-0000-7000-8000-000000000000"

/// Runs `body` and turns the faults that a model can do something about into tool errors; the others stay internal.
func withToolFailures<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let fault as Fault {
        switch fault.category {
        case .internal, .configuration, .cancelled: throw fault
        default:
            var message = "\(fault.code): \(fault.message)"
            if let field = fault.field { message += " Field: \(field)." }
            if let limit = fault.limit { message += " Limit: \(limit)." }
            throw ToolFailure(message, hint: fault.hint, isRetryable: fault.isTransient)
        }
    }
}
