/// Work that somebody beside its caller may cancel: the end of a connection, or a clock.
///
/// It runs in a child task that begins in the caller's place: work that never waits costs no change of threads. One value is for one piece of work.
public final class CancellableWork: Sendable {
    @safe private struct State {
        // Strong, so that it outlives its task: to cancel one that has ended does nothing.
        var task: UnsafeCurrentTask?
        var isCancelled = false
    }

    private let state = Locked(State())

    /// Work that has not begun.
    public init() {}

    /// Whether it was cancelled by ``cancel()``.
    public var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Cancels the work: now, or as soon as it begins. Never waits; may be called more than once, and from any thread.
    public func cancel() {
        let task = unsafe state.withLock { state in
            state.isCancelled = true
            return unsafe state.task
        }
        // Without the lock, for handlers of the cancellation run in here.
        unsafe task?.cancel()
    }

    /// Runs `body` and returns its result, also after a cancellation: it then ends as early as it can.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
        await withTaskGroup(of: Result.self) { group in
            group.addImmediateTask {
                self.begin()
                defer { self.state.withLock { unsafe $0.task = nil } }
                return await body()
            }
            // There is one child, and it returns one result.
            return await group.next()!
        }
    }

    private func begin() {
        unsafe withUnsafeCurrentTask { task in
            let isCancelled = state.withLock { state in
                unsafe state.task = task
                return state.isCancelled
            }
            if isCancelled { unsafe task?.cancel() }
        }
    }
}
