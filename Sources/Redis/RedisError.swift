/// What went wrong between this process and Redis.
package struct RedisError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure, for decisions in code.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: Hashable {
            case connection, timeout, cancelled, overloaded, closed, protocolViolation, tls, configuration, unexpectedReply
            case server(String)
        }

        private let value: Value

        /// No connection, or it was lost before the reply came.
        package static let connection = Code(value: .connection)
        /// The deadline passed first.
        package static let timeout = Code(value: .timeout)
        /// The calling task was cancelled.
        package static let cancelled = Code(value: .cancelled)
        /// The bound on waiting commands or on dedicated connections is reached.
        package static let overloaded = Code(value: .overloaded)
        /// The client has been shut down.
        package static let closed = Code(value: .closed)
        /// The peer sent bytes that are no RESP2 or that exceed the limits.
        package static let protocolViolation = Code(value: .protocolViolation)
        /// The TLS handshake failed, above all because of the certificate, or a record was changed on the way.
        package static let tls = Code(value: .tls)
        /// The address or a setting is wrong.
        package static let configuration = Code(value: .configuration)
        /// A well-formed reply of a shape that the command does not have.
        package static let unexpectedReply = Code(value: .unexpectedReply)

        /// An error reply; `kind` is its first word, such as `NOGROUP`, `NOSCRIPT`, `BUSYGROUP`, `LOADING` or `READONLY`.
        package static func server(_ kind: String) -> Code { Code(value: .server(kind)) }

        /// The first word of an error reply; nil for every other code.
        package var serverKind: String? {
            if case .server(let kind) = value { kind } else { nil }
        }

        package var description: String {
            switch value {
            case .connection: "connection"
            case .timeout: "timeout"
            case .cancelled: "cancelled"
            case .overloaded: "overloaded"
            case .closed: "closed"
            case .protocolViolation: "protocol"
            case .tls: "tls"
            case .configuration: "configuration"
            case .unexpectedReply: "unexpected_reply"
            case .server(let kind): "server(\(kind))"
            }
        }
    }

    /// The kind of failure.
    package let code: Code
    /// What happened, without addresses or data.
    package let message: String
    /// What caused it, with addresses; only in `debugDescription`.
    package let underlying: (any Error)?
    /// The full text of an error reply, which may quote keys.
    package let detail: String?
    /// Whether the server may have run the command although no reply was seen: it had been handed to the socket.
    package private(set) var mayHaveExecuted: Bool
    /// The place in the source that created the error.
    package let location: String

    /// - Parameters:
    ///   - message: safe to show to a stranger.
    ///   - detail: text for the log only.
    ///   - mayHaveExecuted: true when the command had been sent and its effect is unknown.
    package init(
        _ code: Code, _ message: String, detail: String? = nil, underlying: (any Error)? = nil, mayHaveExecuted: Bool = false,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.underlying = underlying
        self.mayHaveExecuted = mayHaveExecuted
        self.location = "\(file):\(line)"
    }

    /// The error for an error reply with the text `text`, such as `NOGROUP No such key`.
    package init(reply text: String, file: StaticString = #fileID, line: UInt = #line) {
        let word = text.prefix { $0 != " " }
        let isKind = !word.isEmpty && word.allSatisfy { ($0.isASCII && $0.isUppercase) || $0.isNumber || $0 == "_" }
        let kind = isKind ? String(word) : "ERR"
        self.init(.server(kind), "Redis refused the command (\(kind))", detail: text, file: file, line: line)
    }

    /// The same, for a command that had been sent.
    func afterSending() -> RedisError {
        var copy = self
        copy.mayHaveExecuted = true
        return copy
    }

    /// Whether the same command may succeed later. Look at `mayHaveExecuted` before repeating one that is not idempotent.
    package var isRetryable: Bool {
        switch code {
        case .connection, .timeout, .overloaded: true
        default:
            switch code.serverKind {
            case "LOADING", "READONLY", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "OOM", "NOREPLICAS": true
            default: false
            }
        }
    }

    package var description: String { message }

    package var debugDescription: String {
        var text = "RedisError(\(code)): \(message)"
        if let detail { text += " [\(detail)]" }
        if let underlying { text += " caused by \(String(reflecting: underlying))" }
        return text + " at \(location)"
    }
}
