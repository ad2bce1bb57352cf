/// A server or child process that could not be found, started, reached or stopped.
package struct EmbeddedServicesError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it is.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case missing, inUse, permission, startFailed, timedOut, commandFailed, system }
        private let value: Value

        /// An executable, folder or account is not installed.
        package static let missing = Code(value: .missing)
        /// A living process owns the directory.
        package static let inUse = Code(value: .inUse)
        /// The unprivileged account cannot reach a folder, or a folder belongs to somebody else.
        package static let permission = Code(value: .permission)
        /// The process ended before it was ready.
        package static let startFailed = Code(value: .startFailed)
        /// It was not ready, or not gone, in time.
        package static let timedOut = Code(value: .timedOut)
        /// A helper such as `initdb` ended with an error.
        package static let commandFailed = Code(value: .commandFailed)
        /// The operating system refused a call.
        package static let system = Code(value: .system)

        package var description: String { value.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// One line without paths of the machine or output of the servers.
    package let message: String
    /// Paths, error numbers and the last lines of the log; for operators only.
    package let detail: String
    /// The error that led to this one.
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, detail: String = "", underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
        self.underlying = underlying
    }

    /// Whether the same call may succeed later without anybody changing the machine.
    package var isRetryable: Bool { code == .timedOut || code == .inUse }

    package var description: String { message }

    package var debugDescription: String {
        var text = "\(code): \(message)"
        if !detail.isEmpty { text += "\n\(detail)" }
        if let underlying { text += "\ncaused by \(String(reflecting: underlying))" }
        return text
    }

    /// The failure of a system call, from `errno` or a returned error number.
    static func system(_ call: String, _ number: Int32, path: String = "") -> EmbeddedServicesError {
        EmbeddedServicesError(.system, "\(call) failed with error \(number)", detail: path)
    }
}
