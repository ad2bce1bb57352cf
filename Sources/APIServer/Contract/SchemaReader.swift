import FoundationEssentials
import MCP

/// Reads JSON Schemas off the decoding of wire types: a type is decoded from nothing, and what it asks for on the way is its schema. So the
/// description cannot say anything else than the code that reads and writes.
struct SchemaReader {
    /// Schemas of types with a name, in the order in which they were met.
    private(set) var components = JSONObject()
    private var open: Set<String> = []

    /// The schema of `type`: a reference when it is an object or a choice, which then is among ``components``.
    mutating func schema(of type: any Decodable.Type) -> JSONObject {
        switch type {
        case is String.Type: return ["type": "string"]
        case is Bool.Type: return ["type": "boolean"]
        case is Int.Type: return ["type": "integer"]
        case is Int64.Type: return ["type": "integer", "format": "int64"]
        case is Double.Type: return ["type": "number"]
        case is Date.Type: return ["type": "string", "format": "date-time"]
        case let list as any ListType.Type: return ["type": "array", "items": .object(schema(of: list.element))]
        case let map as any MapType.Type: return ["type": "object", "additionalProperties": .object(schema(of: map.value))]
        default: break
        }
        let name = Self.name(of: type)
        if components[name] == nil, open.insert(name).inserted {
            let schema = object(type)
            open.remove(name)
            components[name] = .object(schema)
        }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    private mutating func object(_ type: any Decodable.Type) -> JSONObject {
        if let choice = type as? any ChoiceType.Type { return ["type": "string", "enum": .array(choice.names.map { .string($0) })] }
        let record = Recording()
        // The decoder has a value for everything that a wire type asks for.
        guard (try? type.init(from: RecordingDecoder(record: record))) != nil else {
            preconditionFailure("\(type) cannot be decoded from nothing")
        }
        var properties = JSONObject()
        for member in record.members { properties[member.name] = .object(schema(of: member.type)) }
        let body = type as? any RequestBody.Type
        if let body { Self.describe(&properties, body, record.members) }
        var schema: JSONObject = ["type": "object"]
        if let body { schema["description"] = .string(body.note) }
        schema["properties"] = .object(properties)
        let required = record.members.filter { !$0.isOptional }.map { JSONValue.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        // What nobody knows is refused, so that a misspelled bound is not silently dropped.
        if let body {
            schema["additionalProperties"] = false
            if !body.alternatives.isEmpty { schema["not"] = ["required": .array(body.alternatives.map { .string($0) })] }
        }
        return schema
    }

    /// Adds what a body says of its members, which are as many as its decoding asks for.
    private static func describe(_ properties: inout JSONObject, _ body: any RequestBody.Type, _ members: [Recording.Member]) {
        precondition(Set(body.fields.map(\.name)) == Set(members.map(\.name)), "\(body) describes other fields than it reads")
        var ordered = JSONObject()
        for field in body.fields {
            guard var schema = properties[field.name]?.objectValue else { continue }
            for keyword in field.bounds.keywords.members {
                guard keyword.key == "items", let inner = keyword.value.objectValue, var items = schema["items"]?.objectValue else {
                    schema[keyword.key] = keyword.value
                    continue
                }
                for keyword in inner.members { items[keyword.key] = keyword.value }
                schema["items"] = .object(items)
            }
            schema["description"] = .string(field.note)
            if let example = field.example { schema["examples"] = .array([example]) }
            ordered[field.name] = .object(schema)
        }
        properties = ordered
    }

    /// `APIModel.VerificationDetail.Problem` becomes `VerificationDetailProblem`.
    private static func name(of type: any Any.Type) -> String {
        String(reflecting: type).split(separator: ".").dropFirst().joined()
    }
}

/// What a type asked for while it was decoded.
final class Recording {
    struct Member {
        let name: String
        let type: any Decodable.Type
        let isOptional: Bool
    }

    private(set) var members: [Member] = []

    func add(_ name: String, _ type: any Decodable.Type, isOptional: Bool) {
        members.append(Member(name: name, type: type, isOptional: isOptional))
    }

    /// Names of the members of `type`, in the order in which it asks for them.
    static func names(of type: any Decodable.Type) -> [String] {
        let record = Recording()
        _ = try? type.init(from: RecordingDecoder(record: record))
        return record.members.map(\.name)
    }
}

// MARK: Kinds of types

private protocol ListType { static var element: any Decodable.Type { get } }
extension Array: ListType where Element: Decodable { fileprivate static var element: any Decodable.Type { Element.self } }

private protocol MapType { static var value: any Decodable.Type { get } }
extension Dictionary: MapType where Key == String, Value: Decodable { fileprivate static var value: any Decodable.Type { Value.self } }

/// A type with a few values that have names: on the wire one of them.
protocol ChoiceType {
    static var names: [String] { get }
    /// One of the values.
    static var any: Any? { get }
}

extension ChoiceType where Self: RawRepresentable & CaseIterable, RawValue == String {
    static var names: [String] { allCases.map(\.rawValue) }
    static var any: Any? { allCases.first }
}
