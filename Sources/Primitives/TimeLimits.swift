/// Cancels work at its deadline.
///
/// One task sleeps for all of it: nearly every request ends long before its time, and a timer of its own would be kept until then.
public final class TimeLimits: Sendable {
    private struct State {
        var entries: [Int: (deadline: Deadline, work: CancellableWork, isOver: Locked<Bool>)] = [:]
        var numbers = 0
        /// What the latest sleeper waits for; earlier ones end when they see another.
        var wake: Deadline?
    }

    private let state = Locked(State())

    /// The time limits of this process.
    public static let shared = TimeLimits()

    /// No limits.
    public init() {}

    /// Runs `body` as `work` and cancels that at `deadline`.
    ///
    /// - Returns: the result of `body`, which is waited for; nil when the time was over before.
    public func run<Result: Sendable>(
        _ work: CancellableWork, until deadline: Deadline, _ body: @escaping @Sendable () async -> Result
    ) async -> Result? {
        let isOver = Locked(false)
        let number = add(work, deadline, isOver)
        let result = await work.run(body)
        state.withLock { _ = $0.entries.removeValue(forKey: number) }
        return isOver.withLock { $0 } ? nil : result
    }

    /// Runs `body` as `work` and cancels that at `deadline`.
    ///
    /// - Returns: the result of `body`, also of one that was cancelled: for work that has something to say about it.
    public func bound<Result: Sendable>(
        _ work: CancellableWork, by deadline: Deadline, _ body: @escaping @Sendable () async -> Result
    ) async -> Result {
        let number = add(work, deadline, Locked(false))
        let result = await work.run(body)
        state.withLock { _ = $0.entries.removeValue(forKey: number) }
        return result
    }

    private func add(_ work: CancellableWork, _ deadline: Deadline, _ isOver: Locked<Bool>) -> Int {
        let (number, isFirst) = state.withLock { state in
            state.numbers += 1
            state.entries[state.numbers] = (deadline, work, isOver)
            let isFirst = state.wake.map { deadline < $0 } ?? true
            if isFirst { state.wake = deadline }
            return (state.numbers, isFirst)
        }
        // Not a child of the caller: it watches over the work of others as well.
        if isFirst { Task.detached { await self.watch(deadline) } }
        return number
    }

    private func watch(_ first: Deadline) async {
        var next: Deadline? = first
        while let wake = next {
            try? await Task.sleep(until: wake.instant, clock: .continuous)
            let (due, later) = state.withLock { state -> ([CancellableWork], Deadline?) in
                guard state.wake == wake else { return ([], nil) }
                var due: [CancellableWork] = []
                var later: Deadline?
                for entry in state.entries.values {
                    if entry.deadline.hasPassed {
                        let wasOver = entry.isOver.withLock { isOver in
                            defer { isOver = true }
                            return isOver
                        }
                        if !wasOver { due.append(entry.work) }
                    } else {
                        later = min(later ?? entry.deadline, entry.deadline)
                    }
                }
                state.wake = later
                return (due, later)
            }
            for work in due { work.cancel() }
            next = later
        }
    }
}
