/// A JSON value as the wire has it: integers stay exact, objects keep the order of their members.
///
/// The protocol library has its own JSON because a stranger's bytes reach it first: the parser is strict, bounded in size and depth, and
/// never falls back to guessing.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number written without fraction and exponent that fits in 64 bits.
    case integer(Int)
    /// Any other number; finite when it was parsed.
    case number(Double)
    /// A string of valid Unicode.
    case string(String)
    /// An array in its order.
    case array([JSONValue])
    /// An object in the order of its members.
    case object(JSONObject)
}

// No `ExpressibleByNilLiteral`: with it, `nil` would sometimes mean "no value" and sometimes `null`.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
