/// Why a call was not made, or not made again.
package struct ResilienceError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure.
    package struct Code: Sendable, Hashable {
        private enum Value: Hashable { case circuitOpen, bulkheadFull, timeout, cancelled }
        private let value: Value

        /// The circuit breaker of the dependency is open.
        package static let circuitOpen = Code(value: .circuitOpen)
        /// Too many callers wait already.
        package static let bulkheadFull = Code(value: .bulkheadFull)
        /// The deadline passed while waiting.
        package static let timeout = Code(value: .timeout)
        /// The task was cancelled while waiting.
        package static let cancelled = Code(value: .cancelled)
    }

    package let code: Code
    /// Names the dependency.
    package let message: String
    /// When trying again can help; nil when nothing is known.
    package let retryAfter: Duration?
    /// The place in the source that created the error.
    package let location: String

    package init(_ code: Code, _ message: String, retryAfter: Duration? = nil, file: StaticString = #fileID, line: UInt = #line) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        location = "\(file):\(line)"
    }

    /// Whether the same call may succeed later.
    package var isRetryable: Bool { code != .cancelled }

    package var description: String { message }
    package var debugDescription: String { "ResilienceError: \(message) at \(location)" }
}
