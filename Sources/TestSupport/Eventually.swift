import Primitives

/// A condition that did not come true in time.
package struct NotInTime: Error, CustomStringConvertible {
    /// How long it had.
    package let limit: Duration
    package var description: String { "the condition was still false after \(limit)" }
}

/// Suspends until `condition` is true: for effects in other processes, which cannot signal this one. Inside one process use ``Expectation``.
///
/// - Throws: ``NotInTime`` after `limit`, `CancellationError`, or what `condition` throws.
package func eventually(within limit: Duration = .seconds(120), _ condition: () async throws -> Bool) async throws {
    let deadline = Deadline.after(limit)
    while try await !condition() {
        guard !deadline.hasPassed else { throw NotInTime(limit: limit) }
        try await Task.sleep(for: .milliseconds(5))
    }
}
