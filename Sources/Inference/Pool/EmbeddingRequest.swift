import Primitives

/// One call of `embed` while its parts are on the lanes.
final class EmbeddingRequest: Sendable {
    /// The texts, cut into what a lane does at a time.
    let parts: [[String]]

    private struct State {
        var results: [[[Float]]]
        var remaining: Int
        // Nil once resumed: exactly the first of completion, failure, cancellation and shutdown resumes it.
        var continuation: CheckedContinuation<[[Float]], any Error>?
    }
    private let state: Locked<State>

    /// A request whose `continuation` gets the vectors of all parts, at least one, in order.
    init(parts: [[String]], continuation: CheckedContinuation<[[Float]], any Error>) {
        self.parts = parts
        state = Locked(State(results: Array(repeating: [], count: parts.count), remaining: parts.count, continuation: continuation))
    }

    /// Stores the vectors of a part; resumes the caller after the last one. Returns whether it was the last.
    func complete(part: Int, with vectors: [[Float]]) -> Bool {
        let (continuation, results) = state.withLock { state in
            state.results[part] = vectors
            state.remaining -= 1
            guard state.remaining == 0 else { return (CheckedContinuation<[[Float]], any Error>?.none, [[Float]]?.none) }
            defer { state.continuation = nil }
            return (state.continuation, Array(state.results.joined()))
        }
        guard let results else { return false }
        continuation?.resume(returning: results)
        return true
    }

    /// Ends the request early, unless it has ended.
    func finish(_ result: Result<[[Float]], any Error>) {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }
}
