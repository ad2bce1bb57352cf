/// One argument of a command. Redis knows bytes only: text is sent as UTF-8, integers in decimal.
package enum RedisArgument: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// UTF-8 text.
    case text(String)
    /// Raw bytes.
    case bytes([UInt8])
    /// A decimal number.
    case integer(Int64)

    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }

    /// Text from a variable.
    package init(_ text: String) { self = .text(text) }
    /// Bytes from a variable.
    package init(_ bytes: [UInt8]) { self = .bytes(bytes) }
    /// A number from a variable.
    package init(_ value: Int) { self = .integer(Int64(value)) }
}
