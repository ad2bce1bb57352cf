package import APIModel

/// Why a call to the API gave no result.
package struct APIClientError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure, which decides the exit code of the command line.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String { case unreachable, refused, failed, usage }
        private let kind: Kind

        /// No reply came: wrong address, server away, connection lost, too slow.
        package static let unreachable = Code(kind: .unreachable)
        /// The server knows the request and will not do it for this client now: 401, 403, 429.
        package static let refused = Code(kind: .refused)
        /// The server could not do it, or its reply makes no sense.
        package static let failed = Code(kind: .failed)
        /// The request itself is wrong: 400, 422, or an argument that cannot be sent.
        package static let usage = Code(kind: .usage)

        package var description: String { kind.rawValue }

        /// Exit code of the command line: 3 unreachable, 4 refused, 1 failed, 2 usage.
        package var exitCode: Int32 {
            switch kind {
            case .unreachable: 3
            case .refused: 4
            case .failed: 1
            case .usage: 2
            }
        }
    }

    /// The kind.
    package let code: Code
    /// What happened, in words for the person at the terminal.
    package let message: String
    /// The server's own account, if it gave one.
    package let problem: Problem?
    /// HTTP status of the reply, if there was one.
    package let status: Int?
    /// Seconds after which the server wants to be asked again, if it said so.
    package let retryAfterSeconds: Int?
    /// The error below, with addresses and causes.
    package let underlying: String?

    init(
        _ code: Code, _ message: String, problem: Problem? = nil, status: Int? = nil, retryAfterSeconds: Int? = nil,
        underlying: String? = nil
    ) {
        (self.code, self.message, self.problem) = (code, message, problem)
        (self.status, self.retryAfterSeconds, self.underlying) = (status, retryAfterSeconds, underlying)
    }

    /// Exit code of the command line.
    package var exitCode: Int32 { code.exitCode }

    /// Whether the same call may succeed later.
    package var isRetryable: Bool { code == .unreachable || [408, 429, 502, 503, 504].contains(status) }

    package var description: String {
        var text = message
        if let hint = problem?.recoverySuggestion { text += " \(hint)" }
        if let retryAfterSeconds { text += " Try again in \(retryAfterSeconds) s." }
        if let requestID = problem?.requestID { text += " (request \(requestID))" }
        return text
    }

    package var debugDescription: String {
        let place = [status.map { "HTTP \($0)" }, problem?.errorCode, underlying].compactMap { $0 }
        return place.isEmpty ? "\(code): \(description)" : "\(code): \(description) [\(place.joined(separator: "; "))]"
    }
}
