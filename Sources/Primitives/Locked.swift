import NIOConcurrencyHelpers

/// A value behind a lock, for small state that is never touched across an `await`.
///
/// The one lock type of the project: `Synchronization.Mutex` makes the thread sanitizer report races that are not there.
public struct Locked<Value>: @unchecked Sendable {
    // Unchecked: the box hands the value out under its lock only, so a value of any type is never touched by two threads at once.
    private let box: NIOLockedValueBox<Value>

    /// Wraps `value`, which nobody else may keep a reference into.
    public init(_ value: Value) { box = NIOLockedValueBox(value) }

    /// Runs `body` with exclusive access to the value. `body` must not block, suspend, or call back into the same lock.
    public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try box.withLockedValue(body)
    }
}
