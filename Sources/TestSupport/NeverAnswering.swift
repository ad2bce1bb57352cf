/// Suspends until its task is cancelled: for a part that never answers.
///
/// - Throws: `CancellationError`, always.
package func neverAnswering() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
    throw CancellationError()
}
