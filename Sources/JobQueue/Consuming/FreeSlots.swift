import Primitives

/// Counts the jobs that may still be started, and lets one reader wait for the next.
final class FreeSlots: Sendable {
    private struct State {
        var free: Int
        var waiters: [UInt64: CheckedContinuation<Int?, Never>] = [:]
        var next: UInt64 = 0
    }

    private let state: Locked<State>

    init(_ count: Int) { state = Locked(State(free: count)) }

    /// The number of free slots once there is at least one.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func wait() async throws -> Int {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        let free = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (decided, free): (Bool, Int?) = state.withLock { state in
                    if Task.isCancelled { return (true, nil) }
                    if state.free > 0 { return (true, state.free) }
                    state.waiters[ticket] = continuation
                    return (false, nil)
                }
                if decided { continuation.resume(returning: free) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume(returning: nil)
        }
        guard let free else { throw CancellationError() }
        return free
    }

    /// Takes a slot once there is one.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func take() async throws {
        while true {
            _ = try await wait()
            let isTaken = state.withLock { state in
                guard state.free > 0 else { return false }
                state.free -= 1
                return true
            }
            if isTaken { return }
        }
    }

    func giveBack() {
        let (free, waiters): (Int, [CheckedContinuation<Int?, Never>]) = state.withLock { state in
            state.free += 1
            guard state.free > 0 else { return (state.free, []) }
            let waiters = Array(state.waiters.values)
            state.waiters = [:]
            return (state.free, waiters)
        }
        for waiter in waiters { waiter.resume(returning: free) }
    }
}
