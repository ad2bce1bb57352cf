import MCP

/// What the API's description says of one thing that a route reads.
struct ParameterDeclaration: Sendable {
    /// Where it stands in a request.
    enum Place: String, Sendable {
        case path, query, header, body
    }

    /// What it may be.
    enum Form: Sendable {
        /// A text or a number, with its JSON Schema.
        case plain(JSONObject)
        /// A body, described by its own decoding.
        case body(any RequestBody.Type)
    }

    let name: String
    let place: Place
    let isRequired: Bool
    /// One line for people.
    let note: String
    let form: Form
    /// Statuses of refusals that only routes with this parameter have.
    var problems: Set<Int> = [422]
}

/// Something that a route reads from a request, declared once: the same declaration reads it, refuses what is out of bounds, and describes it.
struct Parameter<Value: Sendable>: Sendable {
    let declaration: ParameterDeclaration
    /// The value in a call; throws what the client is told.
    let read: @Sendable (Call) throws -> Value
}
