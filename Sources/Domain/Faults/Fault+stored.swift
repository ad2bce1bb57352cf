import FoundationEssentials

/// A fault as it is kept with its job: one form for those who write it and those who read it.
extension Fault {
    /// JSON text without the fields that are nil.
    /// - Throws: `EncodingError`, which no fault causes.
    package func stored() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(Stored(fault: self)), as: UTF8.self)
    }

    /// Reads what ``stored()`` wrote, also with a category that this release does not know, which counts as internal.
    /// - Throws: `DecodingError` for any other text.
    package init(stored text: String) throws { self = try JSONDecoder().decode(Stored.self, from: Data(text.utf8)).fault }

    private struct Stored: Codable {
        let category: String
        let code: String
        let message: String
        let field: String?
        let limit: String?
        let hint: String?
        let isTransient: Bool

        init(fault: Fault) {
            (category, code, message) = (fault.category.rawValue, fault.code, fault.message)
            (field, limit, hint, isTransient) = (fault.field, fault.limit, fault.hint, fault.isTransient)
        }

        var fault: Fault {
            Fault(
                Fault.Category(rawValue: category) ?? .internal, code: code, message, field: field, limit: limit, hint: hint,
                isTransient: isTransient)
        }
    }
}
