import Domain
import FoundationEssentials

/// Values that live in `jsonb` columns.
enum JSONColumn {
    /// `value` as JSON text.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The value that `text` holds.
    static func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}

/// A fault as it is stored with a job.
struct StoredFault: Codable {
    let category: String
    let code: String
    let message: String
    let field: String?
    let limit: String?
    let hint: String?
    let isTransient: Bool

    init(_ fault: Fault) {
        category = fault.category.rawValue
        code = fault.code
        message = fault.message
        field = fault.field
        limit = fault.limit
        hint = fault.hint
        isTransient = fault.isTransient
    }

    var fault: Fault {
        Fault(
            Fault.Category(rawValue: category) ?? .internal, code: code, message, field: field, limit: limit, hint: hint,
            isTransient: isTransient)
    }
}
