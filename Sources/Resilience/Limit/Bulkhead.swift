package import Primitives

/// Lets a bounded number of calls run at one time and a bounded number wait, first come, first served.
package final class Bulkhead: Sendable {
    private enum Answer { case granted, timeout, cancelled }

    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Answer, Never>
    }

    private struct State {
        var running = 0
        var waiters: [Waiter] = []
        var nextID = 0
        /// Calls between their entry and the end of their wait.
        var open: Set<Int> = []
        /// Cancelled, or out of time, before their continuation was there.
        var early: [Int: Answer] = [:]
    }

    /// The state at one moment.
    package struct Snapshot: Sendable, Hashable {
        package let running: Int
        package let waiting: Int

        /// A snapshot with these values.
        package init(running: Int, waiting: Int) {
            self.running = running
            self.waiting = waiting
        }
    }

    /// The dependency's name, for errors.
    package let name: String
    private let limit: Int
    private let waitLimit: Int
    private let state = Locked(State())

    /// - Parameters:
    ///   - limit: calls that may run at one time; at least 1.
    ///   - waitLimit: calls that may wait; the next one is refused.
    package init(name: String, limit: Int, waitLimit: Int) {
        self.name = name
        self.limit = max(1, limit)
        self.waitLimit = max(0, waitLimit)
    }

    /// Gauges of this moment.
    package var snapshot: Snapshot { state.withLock { Snapshot(running: $0.running, waiting: $0.waiters.count) } }

    /// Runs `body` when there is room.
    /// - Parameters:
    ///   - deadline: bound on the wait, not on `body`; nil waits until cancelled.
    ///   - sleep: waits for the deadline.
    /// - Throws: `ResilienceError` `.bulkheadFull`, `.timeout` or `.cancelled` when `body` was not run; else what `body` throws.
    package func run<Result>(
        deadline: Deadline? = nil,
        sleep: @escaping @Sendable (Deadline) async throws -> Void = { try await Task.sleep(until: $0.instant, clock: .continuous) },
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await enter(deadline: deadline, sleep: sleep)
        defer { leave() }
        return try await body()
    }

    private func enter(deadline: Deadline?, sleep: @escaping @Sendable (Deadline) async throws -> Void) async throws {
        enum Entry { case running, full, waiting(Int) }
        let entry = state.withLock { state -> Entry in
            if state.running < limit, state.waiters.isEmpty {
                state.running += 1
                return .running
            }
            guard state.open.count < waitLimit else { return .full }
            state.nextID += 1
            state.open.insert(state.nextID)
            return .waiting(state.nextID)
        }
        switch entry {
        case .running: return
        case .full: throw ResilienceError(.bulkheadFull, "Too many calls to \(name) wait already")
        case .waiting(let id):
            let timer = deadline.map { deadline in
                // Not a child of this task: the wait below has to end when the timer does, and must not wait for it otherwise.
                Task { [weak self] in
                    try await sleep(deadline)
                    self?.answer(id, .timeout)
                }
            }
            defer { timer?.cancel() }
            let answer = await wait(id)
            switch answer {
            case .granted: return
            case .timeout: throw ResilienceError(.timeout, "No call to \(name) ended in time")
            case .cancelled: throw ResilienceError(.cancelled, "The task that waited for \(name) was cancelled")
            }
        }
    }

    private func wait(_ id: Int) async -> Answer {
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Answer? in
                    if let answer = state.early[id] { return answer }
                    // Room may have come between the two looks at the state.
                    if state.running < limit, state.waiters.isEmpty {
                        state.running += 1
                        return .granted
                    }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            self.answer(id, .cancelled)
        }
        state.withLock { state in
            state.open.remove(id)
            state.early[id] = nil
        }
        return answer
    }

    /// Ends the wait of `id` unless it has ended.
    private func answer(_ id: Int, _ answer: Answer) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                if state.open.contains(id) { state.early[id] = answer }
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: answer)
    }

    private func leave() {
        let next = state.withLock { state -> Waiter? in
            // The place goes from hand to hand, so that nobody slips in between.
            if !state.waiters.isEmpty { return state.waiters.removeFirst() }
            state.running -= 1
            return nil
        }
        next?.continuation.resume(returning: .granted)
    }
}
