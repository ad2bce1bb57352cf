/// What a tool could not do, told to the model: not found, not allowed now, not understood. The call itself was fine.
public struct ToolFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong; no internals, for strangers read it.
    public let message: String
    /// What to do instead.
    public let hint: String?
    /// Whether the same call may succeed later.
    public let isRetryable: Bool

    /// - Parameters:
    ///   - message: what went wrong, as a sentence.
    ///   - hint: what to do instead, as a sentence.
    ///   - isRetryable: whether the same call may succeed later.
    public init(_ message: String, hint: String? = nil, isRetryable: Bool = false) {
        self.message = message
        self.hint = hint
        self.isRetryable = isRetryable
    }

    public var description: String { hint.map { "\(message) \($0)" } ?? message }
}
