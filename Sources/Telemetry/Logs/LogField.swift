import Logging

/// One key of a log line with its flattened value.
struct LogField: Sendable, Hashable {
    enum Value: Sendable, Hashable {
        case string(String)
        /// Already JSON: a number or a Boolean.
        case literal(String)
        case list([String])
    }

    let key: String
    let value: Value

    /// The longest value that is written; a log line is no place for documents.
    static let valueLimit = 8192

    /// Fields for `metadata`, nested dictionaries as `outer.inner`, secrets masked, sorted by key.
    static func flattened(_ metadata: Logger.Metadata) -> [LogField] {
        var fields: [LogField] = []
        for (key, value) in metadata { append(key: key, value, to: &fields) }
        return fields.sorted { $0.key < $1.key }
    }

    private static func append(key: String, _ value: Logger.MetadataValue, to fields: inout [LogField]) {
        if LogRedactor.isSecret(key: key) {
            fields.append(LogField(key: key, value: .string(LogRedactor.mask)))
            return
        }
        switch value {
        case .string(let text): fields.append(LogField(key: key, value: .string(cleaned(text))))
        case .stringConvertible(let convertible): fields.append(LogField(key: key, value: scalar(convertible)))
        case .array(let values): fields.append(LogField(key: key, value: .list(values.map { cleaned($0.description) })))
        case .dictionary(let values): for (inner, value) in values { append(key: "\(key).\(inner)", value, to: &fields) }
        }
    }

    private static func scalar(_ value: any CustomStringConvertible) -> Value {
        switch value {
        case let number as any BinaryInteger: .literal(number.description)
        case let number as Double where number.isFinite: .literal(number.description)
        case let number as Float where number.isFinite: .literal(number.description)
        case let flag as Bool: .literal(flag ? "true" : "false")
        default: .string(cleaned(value.description))
        }
    }

    static func cleaned(_ text: String) -> String {
        let scrubbed = LogRedactor.scrubbed(text)
        guard scrubbed.utf8.count > valueLimit else { return scrubbed }
        return String(decoding: scrubbed.utf8.prefix(valueLimit), as: UTF8.self) + "…"
    }
}
