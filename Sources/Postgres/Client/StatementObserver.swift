/// Hears of statements: for traces and slow ones.
package protocol StatementObserver: Sendable {
    /// A statement begins, in the task of its caller.
    ///
    /// - Parameter text: with placeholders, never with values.
    /// - Returns: what to call at its end; nil when nobody wants to know.
    func began(_ text: String) -> (@Sendable (PostgresError?) -> Void)?

    /// The trace that the current task belongs to, for the server: at most 32 harmless characters; nil when none is recorded.
    var traceID: String? { get }
}
