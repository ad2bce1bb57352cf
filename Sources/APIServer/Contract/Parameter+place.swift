import APIModel
import Domain
import HTTPTypes
import MCP

extension Parameter {
    /// The identifier of a `kind` in the path. One that cannot be any is not found.
    static func id<Entity>(_ kind: String, of entity: Entity.Type) -> Self where Value == Identifier<Entity> {
        Parameter(
            declaration: ParameterDeclaration(
                name: "id", place: .path, isRequired: true, note: "The \(kind).", form: .plain(["type": "string", "format": "uuid"]),
                problems: [404])
        ) { call in try call.identifier(kind) }
    }
}

extension Parameter where Value == String {
    /// A name in the path. One that `isName` does not take is not found.
    static func segment(_ name: String, _ kind: String, pattern: String, isName: @escaping @Sendable (String) -> Bool) -> Self {
        Parameter(
            declaration: ParameterDeclaration(
                name: name, place: .path, isRequired: true, note: "The \(kind).",
                form: .plain(["type": "string", "pattern": .string(pattern)]), problems: [404])
        ) { call in
            let text = call.parameters[name] ?? ""
            guard isName(text) else { throw Fault.notFound(kind, Call.shown(text)) }
            return text
        }
    }
}

extension Parameter where Value == String? {
    /// The header `Idempotency-Key`: a request that comes again under one key is answered as the first time.
    static let idempotencyKey = Parameter(
        declaration: ParameterDeclaration(
            name: "Idempotency-Key", place: .header, isRequired: false,
            note: "Makes it safe to send the request again: under one key it is done once. A UUID is a good key.",
            form: .plain(["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"]), problems: [409, 422])
    ) { call in
        guard let key = call.head.headerFields[.idempotencyKey] else { return nil }
        guard Limits.idempotencyKeyLength.contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Fault.invalid(
                field: "Idempotency-Key", "The idempotency key is empty, too long, or has other characters than visible ASCII.",
                limit: "1 to 255 visible ASCII characters", hint: "Use a UUID.")
        }
        return key
    }
}

extension Parameter where Value == EntityTagCondition? {
    /// The header `If-Match`: the change is made only where the reader has seen the present state.
    static let ifMatch = Parameter(
        declaration: ParameterDeclaration(
            name: "If-Match", place: .header, isRequired: false,
            note: "The ETag of the state that the change is meant for; otherwise it is refused with 412.", form: .plain(["type": "string"]),
            problems: [412])
    ) { call in call.head.headerFields[.ifMatch].map { EntityTagCondition($0) } }
}

extension Parameter where Value: RequestBody {
    /// The JSON body.
    static var body: Self {
        Parameter(
            declaration: ParameterDeclaration(
                name: "body", place: .body, isRequired: true, note: Value.note, form: .body(Value.self), problems: [413, 415, 422])
        ) { call in try JSONBody.decode(Value.self, from: call) }
    }
}
