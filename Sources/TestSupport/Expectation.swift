import Primitives

/// A count of events that a test can wait for.
package final class Expectation: Sendable {
    private struct State {
        var count = 0
        var waiters: [(needed: Int, number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state = Locked(State())

    package init() {}

    /// How often ``fulfill()`` was called.
    package var count: Int { state.withLock { $0.count } }

    /// Records one event.
    package func fulfill() {
        let ready = state.withLock { state in
            state.count += 1
            let ready = state.waiters.filter { $0.needed <= state.count }
            state.waiters.removeAll { $0.needed <= state.count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// Suspends until ``fulfill()`` was called at least `needed` times since the value was made.
    ///
    /// - Throws: ``NotInTime`` after `limit`, or `CancellationError`.
    package func fulfillment(_ needed: Int = 1, within limit: Duration = .seconds(120)) async throws {
        let isFulfilled = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait(for: needed) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        try Task.checkCancellation()
        guard isFulfilled || count >= needed else { throw NotInTime(limit: limit) }
    }

    private func wait(for needed: Int) async -> Bool {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.count >= needed { return true }
                    if state.cancelled.remove(number) != nil { return false }
                    state.waiters.append((needed, number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                if let index = state.waiters.firstIndex(where: { $0.number == number }) {
                    return state.waiters.remove(at: index).continuation as CheckedContinuation?
                }
                state.cancelled.insert(number)
                return nil
            }
            waiter?.resume(returning: false)
        }
    }
}
