/// Names a timer of a reactor thread.
package struct ReactorTimer: Sendable, Hashable {
    let number: UInt64
}

/// Timers by instant: a few dozen per thread, so a dictionary and the cached earliest instant beat a heap.
struct TimerQueue {
    private var entries: [ReactorTimer: (instant: ContinuousClock.Instant, body: () -> Void)] = [:]
    private var earliest: ContinuousClock.Instant?
    private var count: UInt64 = 0

    mutating func add(at instant: ContinuousClock.Instant, _ body: @escaping () -> Void) -> ReactorTimer {
        count += 1
        let timer = ReactorTimer(number: count)
        entries[timer] = (instant, body)
        earliest = min(earliest ?? instant, instant)
        return timer
    }

    mutating func remove(_ timer: ReactorTimer) {
        // The cached instant may now be too early, which costs one empty round.
        entries[timer] = nil
    }

    /// Removes and returns the earliest timer that is due at `now`.
    mutating func popDue(at now: ContinuousClock.Instant) -> (() -> Void)? {
        guard let earliest, earliest <= now else { return nil }
        let first = entries.min { $0.value.instant < $1.value.instant }
        self.earliest = first?.value.instant
        guard let first, first.value.instant <= now else { return nil }
        entries[first.key] = nil
        return first.value.body
    }

    /// Milliseconds until the earliest timer, rounded up; -1 when there is none.
    func timeout(from now: ContinuousClock.Instant) -> Int32 {
        guard let earliest else { return -1 }
        let left = now.duration(to: earliest)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        return Int32(clamping: min(seconds, 1_000_000) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
