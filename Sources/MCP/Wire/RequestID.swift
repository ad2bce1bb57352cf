/// The identifier that a client gives to a request, echoed in the answer as it came.
public enum RequestID: Sendable, Hashable {
    /// A string.
    case string(String)
    /// A whole number.
    case integer(Int)

    /// Reads the `id` of a message: only a string or a number written as an integer is one.
    init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        default: return nil
        }
    }

    /// The identifier as it goes onto the wire.
    public var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        }
    }
}
