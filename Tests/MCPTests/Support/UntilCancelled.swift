/// Suspends until the task is cancelled, and throws then.
func untilCancelled() async throws {
    let end = AsyncStream<Never>.makeStream()
    for await _ in end.stream {}
    // Kept until here: a stream whose source is gone may end by itself.
    end.continuation.finish()
    try Task.checkCancellation()
}
