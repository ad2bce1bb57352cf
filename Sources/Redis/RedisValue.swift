/// One reply of a Redis server (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). Bulk strings are raw bytes.
package enum RedisValue: Sendable, Hashable {
    /// The null bulk string or null array.
    case null
    /// `:1000`
    case integer(Int64)
    /// `+OK`
    case status(String)
    /// `$5 hello`
    case bulk([UInt8])
    /// `-ERR text`, with its whole text. Only inside arrays: an error as the whole reply is thrown.
    case error(String)
    /// Values in the order sent.
    case array([RedisValue])

    /// The bytes of a bulk string or status; nil for every other shape.
    package var bytes: [UInt8]? {
        switch self {
        case .bulk(let bytes): bytes
        case .status(let text): Array(text.utf8)
        default: nil
        }
    }

    /// The text of a bulk string or status, with invalid UTF-8 replaced; nil for every other shape.
    package var string: String? {
        switch self {
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    /// An integer reply, or a bulk string that spells one; nil for every other shape.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .bulk: string.flatMap { Int64($0) }
        default: nil
        }
    }

    /// The elements of an array; nil for every other shape.
    package var array: [RedisValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// Whether the reply is null.
    package var isNull: Bool { self == .null }
}
