import APIModel
import Domain
import Hummingbird
import MCP

/// Reads JSON bodies: syntax is refused with 400, fields with 422.
enum JSONBody {
    /// The value in the body of `call`: members that the type does not know are refused, so that a misspelled bound is not silently dropped,
    /// and so is null; those that it knows are held to their bounds.
    static func decode<Value: RequestBody>(_ type: Value.Type, from call: Call) throws -> Value {
        let media = call.head.headerFields[.contentType].map { $0.prefix { $0 != ";" }.lowercased() } ?? ""
        guard media.split(separator: " ").joined() == "application/json" else { throw EdgeFailure.notJSON }
        guard !call.body.isEmpty else { throw EdgeFailure.syntax("The body is empty.", field: "body", hint: "Send a JSON object.") }
        let parsed: JSONValue
        do {
            parsed = try JSONValue(parsing: call.body)
        } catch {
            throw EdgeFailure.syntax("The body is no JSON: \(error)", field: "body", hint: "Send one JSON object in UTF-8.")
        }
        guard let object = parsed.objectValue else {
            throw EdgeFailure.syntax("The body is JSON, but not an object.", field: "body", hint: "Send one JSON object.")
        }
        try check(object, as: type, at: "")
        do {
            return try WireJSON.decode(type, from: call.body)
        } catch let error as DecodingError {
            throw Self.fault(error)
        }
    }

    /// Holds the members of a body to what it declares.
    ///
    /// - Parameter place: what stands before the names of its members in a refusal, such as `sources[1].`.
    private static func check(_ object: JSONObject, as type: any RequestBody.Type, at place: String) throws(Fault) {
        let names = type.fields.map(\.name)
        for member in object.members {
            guard names.contains(member.key) else {
                throw .invalid(
                    field: place + Call.shown(member.key), "The body has a field that is not known.", limit: names.joined(separator: ", "),
                    hint: "Remove it, or correct its name.")
            }
            // Whether null stays, clears or resets would be a guess.
            guard member.value != .null else {
                throw .invalid(field: place + member.key, "The field \(member.key) is null.", hint: "Give it a value, or leave it out.")
            }
        }
        let chosen = type.alternatives.filter { object[$0] != nil }
        guard chosen.count <= 1 else {
            throw .invalid(
                field: place + (chosen.last ?? ""), "The body has more than one of these fields.",
                limit: "one of \(type.alternatives.joined(separator: ", "))", hint: "Leave out \(chosen.first ?? "").")
        }
        for field in type.fields {
            guard let value = object[field.name] else { continue }
            if let limit = field.bounds.broken(value) {
                throw .invalid(field: place + field.name, "The field \(field.name) is out of bounds.", limit: limit, hint: field.note)
            }
            guard let type = field.bounds.items else { continue }
            for (index, item) in (value.arrayValue ?? []).enumerated() {
                // What is no object is refused when it is decoded.
                if let object = item.objectValue { try check(object, as: type, at: "\(place)\(field.name)[\(index)].") }
            }
        }
    }

    private static func fault(_ error: DecodingError) -> Fault {
        func name(_ path: [any CodingKey]) -> String {
            path.reduce(into: "") { text, key in
                text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? key.stringValue : ".\(key.stringValue)")
            }
        }
        switch error {
        case .keyNotFound(let key, let context):
            return .invalid(field: name(context.codingPath + [key]), "A required field is missing.", hint: "Add it.")
        case .valueNotFound(_, let context):
            return .invalid(field: name(context.codingPath), "A required field is null.", hint: "Give it a value.")
        case .typeMismatch(let type, let context):
            return .invalid(field: name(context.codingPath), "A field has the wrong type.", limit: Self.name(of: type))
        case .dataCorrupted(let context):
            return .invalid(field: context.codingPath.isEmpty ? "body" : name(context.codingPath), "A field cannot be read.")
        @unknown default:
            return .invalid(field: "body", "A field cannot be read.")
        }
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "string"
        case is Int.Type: "integer"
        case is Bool.Type: "boolean"
        case is Double.Type: "number"
        case is any Collection.Type: "array"
        default: "object"
        }
    }
}
