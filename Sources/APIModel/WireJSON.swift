package import FoundationEssentials

/// How values of this module become JSON bytes and come back: dates as RFC 3339 strings in UTC, keys sorted, slashes as they are.
package enum WireJSON {
    /// The bytes of `value`.
    /// - Throws: `EncodingError` for numbers that JSON does not have.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(text(of: date))
        }
        return Array(try encoder.encode(value))
    }

    /// The value that `bytes` describe; keys that `Value` does not know are ignored.
    /// - Throws: `DecodingError`.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let date = date(of: try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 date")
            }
            return date
        }
        return try decoder.decode(type, from: Data(bytes))
    }

    /// `date` in RFC 3339 with milliseconds, in UTC.
    package static func text(of date: Date) -> String { date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    /// The date of an RFC 3339 text, with or without fractions of a second; nil when it is none.
    package static func date(of text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
            ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: false).parse(text))
    }
}
