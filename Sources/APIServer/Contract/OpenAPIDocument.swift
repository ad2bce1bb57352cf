import APIModel
import Domain
import Hummingbird
import MCP

/// The description of the API (OpenAPI 3.1), made from the contracts of the routes.
enum OpenAPIDocument {
    /// - Parameters:
    ///   - routes: those without a contract are left out.
    ///   - version: of the product.
    static func make(_ routes: [Route], version: String) -> JSONObject {
        var reader = SchemaReader()
        let problem = reader.schema(of: Problem.self)
        var operations: [String: [(method: String, operation: JSONObject)]] = [:]
        for route in routes {
            guard let contract = route.contract, let method = route.method?.rawValue.lowercased() else { continue }
            operations[route.template, default: []].append((method, operation(contract, route.access, &reader)))
        }
        var paths = JSONObject()
        for template in operations.keys.sorted() {
            paths[template] = .object(
                JSONObject((operations[template] ?? []).sorted { $0.method < $1.method }.map { ($0.method, .object($0.operation)) }))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Portolan", "version": .string(version),
                "description": """
                Documentation, searched by agents and people. Errors are problem details (RFC 9457). Every reply has X-Request-Id; \
                X-Correlation-Id is taken from the request, goes with the work that it starts, and comes back.
                """,
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(Contract.Tag.allCases.map { ["name": .string($0.rawValue), "description": .string($0.note)] }),
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer",
                        "description": "The token of the deployment, or a key of `portolan keys create`.",
                    ]
                ], "responses": .object(refusals(problem)), "schemas": .object(sorted(reader.components)),
            ],
        ]
    }

    private static func operation(_ contract: Contract, _ access: Route.Access, _ reader: inout SchemaReader) -> JSONObject {
        var operation: JSONObject = [
            "operationId": .string(contract.id), "tags": [.string(contract.tag.rawValue)], "summary": .string(contract.summary),
        ]
        var problems = contract.problems.union([400, 500, 503])
        var parameters: [JSONValue] = []
        for parameter in contract.parameters {
            problems.formUnion(parameter.problems)
            switch parameter.form {
            case .plain(let schema):
                parameters.append([
                    "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "required": .bool(parameter.isRequired),
                    "description": .string(parameter.note), "schema": .object(schema),
                ])
            case .body(let type):
                operation["requestBody"] = [
                    "required": true, "content": ["application/json": ["schema": .object(reader.schema(of: type))]],
                ]
            }
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        switch access {
        case .open: operation["security"] = .array([])
        case .scope(let scope):
            problems.formUnion([401, 403, 429])
            operation["security"] = [["bearer": [.string(scope.rawValue)]]]
        }
        operation["responses"] = .object(responses(contract, problems, &reader))
        return operation
    }

    private static func responses(_ contract: Contract, _ problems: Set<Int>, _ reader: inout SchemaReader) -> JSONObject {
        var headers: JSONObject = ["X-Request-Id": ["description": "Names this request in logs.", "schema": ["type": "string"]]]
        for header in contract.headers { headers[header.name] = ["description": .string(header.note), "schema": ["type": "string"]] }
        var success: JSONObject = ["description": .string(description(contract.status)), "headers": .object(headers)]
        if let output = contract.output {
            var content: JSONObject = ["application/json": ["schema": .object(reader.schema(of: output))]]
            for type in contract.media { content[type] = ["schema": ["type": "string"]] }
            success["content"] = .object(content)
        }
        var responses: JSONObject = [String(contract.output == nil ? 204 : contract.status): .object(success)]
        if contract.headers.contains(where: { $0.name == "ETag" }) {
            responses["304"] = ["description": "What If-None-Match names is still there."]
        }
        for status in problems.sorted() { responses[String(status)] = ["$ref": .string("#/components/responses/\(name(status))")] }
        return responses
    }

    // MARK: Refusals

    private static let refused: [(status: Int, name: String, note: String)] = [
        (400, "Malformed", "The request cannot be read."), (401, "Unauthenticated", "There is no token, or a wrong one."),
        (403, "Forbidden", "The token does not allow it."), (404, "NotFound", "There is no such thing, or not for this token."),
        (409, "Conflict", "It does not fit the present state, or the idempotency key was used for another request."),
        (412, "PreconditionFailed", "It has changed since it was read."), (413, "TooLarge", "The body is too large."),
        (415, "UnsupportedMediaType", "The body must be JSON."), (422, "Invalid", "A field is out of bounds; details.field names it."),
        (429, "TooManyRequests", "The quota is used up; Retry-After tells when to come again."),
        (500, "InternalError", "Something went wrong inside."),
        (503, "Unavailable", "Something that is needed is away; Retry-After tells when to come again."),
    ]

    private static func name(_ status: Int) -> String {
        guard let refusal = refused.first(where: { $0.status == status }) else { preconditionFailure("no refusal has status \(status)") }
        return refusal.name
    }

    private static func refusals(_ problem: JSONObject) -> JSONObject {
        JSONObject(
            refused.map { refusal -> (String, JSONValue) in
                var headers: JSONObject = ["X-Request-Id": ["description": "Names this request in logs.", "schema": ["type": "string"]]]
                if refusal.status == 401 || refusal.status == 403 {
                    headers["WWW-Authenticate"] = ["description": "What is missing.", "schema": ["type": "string"]]
                }
                if refusal.status == 429 || refusal.status == 503 {
                    headers["Retry-After"] = ["description": "Seconds.", "schema": ["type": "string"]]
                }
                return (
                    refusal.name,
                    [
                        "description": .string(refusal.note), "headers": .object(headers),
                        "content": .object(JSONObject(dictionaryLiteral: (Problem.mediaType, ["schema": .object(problem)]))),
                    ]
                )
            })
    }

    private static func description(_ status: Int) -> String {
        switch status {
        case 201: "Made."
        case 202: "Accepted."
        case 204: "Done."
        default: "Found."
        }
    }

    private static func sorted(_ object: JSONObject) -> JSONObject {
        JSONObject(object.members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
}
