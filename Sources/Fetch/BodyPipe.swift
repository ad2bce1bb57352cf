import Primitives

/// Chunks on their way from the transfer thread to one reader, with a bound: at the high mark the transfer pauses, below half of it the
/// reader asks for more.
final class BodyPipe: Sendable {
    typealias Waiter = CheckedContinuation<Result<[UInt8]?, FetchError>, Never>

    private struct State {
        var chunks: [[UInt8]] = []
        var head = 0
        var buffered = 0
        var isPaused = false
        var end: Result<Void, FetchError>?
        var waiter: Waiter?
    }

    private let state = Locked(State())
    private let highMark: Int

    init(highMark: Int) { self.highMark = highMark }

    /// Takes a chunk, or says false when the reader has to catch up first; the transfer then pauses and offers the same bytes again.
    func offer(_ chunk: () -> [UInt8]) -> Bool {
        let (accepted, waiter, handed) = state.withLock { state -> (Bool, Waiter?, [UInt8]) in
            if state.buffered >= highMark {
                state.isPaused = true
                return (false, nil, [])
            }
            let bytes = chunk()
            if let waiter = state.waiter {
                state.waiter = nil
                return (true, waiter, bytes)
            }
            state.chunks.append(bytes)
            state.buffered += bytes.count
            return (true, nil, [])
        }
        waiter?.resume(returning: .success(handed))
        return accepted
    }

    /// Ends the stream; chunks that are there are still read first. Only the first call counts.
    func finish(_ result: Result<Void, FetchError>) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.end == nil else { return nil }
            state.end = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: result.map { nil })
    }

    /// The next chunk, `nil` at the end. `resume` is called when a paused transfer may go on.
    func next(resume: () -> Void) async -> Result<[UInt8]?, FetchError> {
        await withCheckedContinuation { (waiter: Waiter) in
            let (ready, wakes) = state.withLock { state -> (Result<[UInt8]?, FetchError>?, Bool) in
                guard state.head < state.chunks.count else {
                    if let end = state.end { return (end.map { nil }, false) }
                    precondition(state.waiter == nil, "a response body has one reader")
                    state.waiter = waiter
                    return (nil, false)
                }
                let chunk = state.chunks[state.head]
                state.chunks[state.head] = []
                state.head += 1
                state.buffered -= chunk.count
                if state.head == state.chunks.count {
                    state.chunks.removeAll(keepingCapacity: true)
                    state.head = 0
                }
                let wakes = state.isPaused && state.buffered <= highMark / 2
                if wakes { state.isPaused = false }
                return (.success(chunk), wakes)
            }
            if wakes { resume() }
            if let ready { waiter.resume(returning: ready) }
        }
    }
}
