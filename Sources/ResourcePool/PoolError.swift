/// Why a pool gave no lease.
package struct PoolError: Error, Sendable, Hashable, CustomStringConvertible {
    private enum Code: Sendable { case exhausted, timeout, cancelled, closed }

    private let code: Code

    /// As many callers wait as may wait.
    package static let exhausted = PoolError(code: .exhausted)
    /// The deadline passed while waiting.
    package static let timeout = PoolError(code: .timeout)
    /// The waiting task was cancelled.
    package static let cancelled = PoolError(code: .cancelled)
    /// The pool is closed.
    package static let closed = PoolError(code: .closed)

    /// Whether the same request may succeed later.
    package var isRetryable: Bool { code == .exhausted || code == .timeout }

    package var description: String {
        switch code {
        case .exhausted: "Too many callers wait for a resource."
        case .timeout: "No resource became free in time."
        case .cancelled: "The wait for a resource was cancelled."
        case .closed: "The pool is closed."
        }
    }
}
