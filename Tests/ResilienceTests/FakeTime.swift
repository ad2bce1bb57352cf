import Primitives

/// A clock that moves only when told, and remembers the waits.
final class FakeTime: Sendable {
    private let state = Locked((now: ContinuousClock.now, sleeps: [Duration]()))

    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func advance(by duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }

    func sleep(_ duration: Duration) {
        state.withLock {
            $0.now = $0.now.advanced(by: duration)
            $0.sleeps.append(duration)
        }
    }
}
