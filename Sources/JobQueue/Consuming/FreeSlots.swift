import Primitives

/// Counts the jobs that may still be started, and lets readers wait for the next. How many may run can change meanwhile: jobs that run stay.
final class FreeSlots: Sendable {
    private struct State {
        var limit: Int
        var taken = 0
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var next: UInt64 = 0

        var free: Int { max(0, limit - taken) }

        /// Those who wait, when there is something for them.
        mutating func wake() -> [CheckedContinuation<Bool, Never>] {
            guard free > 0 else { return [] }
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let state: Locked<State>

    init(_ limit: Int) { state = Locked(State(limit: limit)) }

    /// The number of free slots at this moment.
    var free: Int { state.withLock(\.free) }

    /// Suspends until there is a free slot; another one may take it first.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func wait() async throws {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isFree = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decided: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 { return true }
                    state.waiters[ticket] = continuation
                    return nil
                }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume(returning: false)
        }
        guard isFree else { throw CancellationError() }
    }

    /// Takes as many slots as are free, 1 at least and `most` at most.
    /// - Returns: the number taken.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func take(upTo most: Int) async throws -> Int {
        while true {
            try await wait()
            let count = state.withLock { state in
                let count = min(state.free, max(1, most))
                state.taken += count
                return count
            }
            if count > 0 { return count }
        }
    }

    func giveBack(_ count: Int = 1) {
        let waiters = state.withLock { state in
            state.taken -= count
            return state.wake()
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Changes how many slots there are.
    func setLimit(_ limit: Int) {
        let waiters = state.withLock { state in
            state.limit = limit
            return state.wake()
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }
}
