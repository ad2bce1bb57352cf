import Primitives

/// A clock that stands still until a test moves it.
package final class FakeClock: Clock, Sendable {
    /// A moment of the clock: the time since it was made.
    package struct Instant: InstantProtocol {
        /// Since the clock was made.
        package let offset: Duration
        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state = Locked(State())
    private let sleeps = Expectation()

    package init() {}

    package var now: Instant { state.withLock(\.now) }
    package var minimumResolution: Duration { .nanoseconds(1) }
    /// How many tasks sleep on it now.
    package var sleepers: Int { state.withLock(\.sleepers.count) }

    /// Suspends until the test has moved the clock to `deadline`.
    ///
    /// - Throws: `CancellationError`.
    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let hasSlept = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return false }
                    if deadline <= state.now { return true }
                    state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
                sleeps.fulfill()
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                if let sleeper = state.sleepers.removeValue(forKey: number) { return sleeper as Sleeper? }
                state.cancelled.insert(number)
                return nil
            }
            sleeper?.continuation.resume(returning: false)
        }
        guard hasSlept else { throw CancellationError() }
    }

    /// Moves the clock and wakes everyone whose time has come, earliest first.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Suspends until `sleep` was called `count` times in all since the clock was made: then it is safe to ``advance(by:)``.
    ///
    /// - Throws: ``NotInTime``, `CancellationError`.
    package func waitForSleeps(_ count: Int) async throws { try await sleeps.fulfillment(count) }
}
