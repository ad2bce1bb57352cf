import Primitives

/// Keeps a collector whose figures cost a statement from asking at every scrape.
struct CollectorPace: Sendable {
    private let pause: Duration
    private let readAt = Locked<ContinuousClock.Instant?>(nil)

    /// - Parameter pause: between two readings at least.
    init(_ pause: Duration) { self.pause = pause }

    /// Whether to read now; if so, the next reading is due a pause later, whatever comes of this one.
    func isDue() -> Bool {
        readAt.withLock { last in
            if let last, last.duration(to: .now) < pause { return false }
            last = .now
            return true
        }
    }
}
