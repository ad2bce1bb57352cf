/// How a message was answered, for logs, metrics and audit.
public struct CallReport: Sendable {
    /// The outcome.
    public enum Outcome: Sendable, Hashable {
        /// A result.
        case complete
        /// A result that says that the tool failed.
        case toolError
        /// A JSON-RPC error with this code.
        case protocolError(Int)
        /// The client went away first.
        case cancelled
        /// A notification was taken.
        case accepted
    }

    /// The identifier under which the request is logged.
    public let requestID: String
    /// The method; nil when the message could not be read. From the client: bound it before it becomes a metric label.
    public let method: String?
    /// The tool or the URI; from the client, too.
    public let target: String?
    /// The revision; nil when it could not be determined.
    public let version: ProtocolVersion?
    /// What the client says of itself.
    public let clientInfo: Implementation?
    /// How it ended.
    public let outcome: Outcome
    /// The error that the client did not get to see.
    public let underlying: (any Error)?
    /// From the bytes to the answer.
    public let duration: Duration
}
