import Primitives

/// Calls streams at their times. One task sleeps for all of them: a sleeper of its own would cost every idle stream some kilobytes.
final class StreamTimers: Sendable {
    /// Called with the current time, must not block; returns when to call again, nil for never.
    typealias Alarm = @Sendable (ContinuousClock.Instant) -> ContinuousClock.Instant?

    private struct State {
        var alarms: [Int: (due: ContinuousClock.Instant, ring: Alarm)] = [:]
        var numbers = 0
        /// What the sleeper in charge waits for; one that wakes and finds another time ends.
        var wake: ContinuousClock.Instant?
    }

    /// The timers of this process.
    static let shared = StreamTimers()

    private let state = Locked(State())

    /// Has `ring` called at `due` and whenever it says, until ``remove(_:)`` is called with the number that is returned.
    func add(at due: ContinuousClock.Instant, _ ring: @escaping Alarm) -> Int {
        let (number, isFirst) = state.withLock { state in
            state.numbers += 1
            state.alarms[state.numbers] = (due, ring)
            let isFirst = state.wake.map { due < $0 } ?? true
            if isFirst { state.wake = due }
            return (state.numbers, isFirst)
        }
        // Not a child of the caller: it sleeps for other streams as well, and ends with the last of them.
        if isFirst { Task.detached { await self.sleep(until: due) } }
        return number
    }

    /// Forgets an alarm. It may be ringing at this moment.
    func remove(_ number: Int) { state.withLock { _ = $0.alarms.removeValue(forKey: number) } }

    private func sleep(until first: ContinuousClock.Instant) async {
        var next: ContinuousClock.Instant? = first
        while let wake = next {
            try? await Task.sleep(until: wake, clock: .continuous)
            let now = ContinuousClock.now
            let due = state.withLock { state -> [Int: Alarm]? in
                guard state.wake == wake else { return nil }
                // An alarm that is added while these ring begins a sleeper of its own.
                state.wake = nil
                return state.alarms.filter { $0.value.due <= now }.mapValues(\.ring)
            }
            guard let due else { return }
            // Without the lock: a stream that ends removes its alarm.
            let later = due.mapValues { $0(now) }
            next = state.withLock { state in
                for (number, time) in later where state.alarms[number] != nil {
                    if let time { state.alarms[number]?.due = time } else { state.alarms[number] = nil }
                }
                guard let earliest = state.alarms.values.map(\.due).min(), state.wake.map({ earliest < $0 }) ?? true else { return nil }
                state.wake = earliest
                return earliest
            }
        }
    }
}
