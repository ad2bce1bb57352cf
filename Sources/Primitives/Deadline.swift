/// A point on the monotonic clock after which work is pointless.
public struct Deadline: Sendable, Hashable, Comparable {
    /// The instant at which the work must have ended.
    public let instant: ContinuousClock.Instant

    /// A deadline at `instant`.
    public init(_ instant: ContinuousClock.Instant) { self.instant = instant }

    /// A deadline `duration` from now.
    public static func after(_ duration: Duration) -> Deadline { Deadline(ContinuousClock.now.advanced(by: duration)) }

    /// When the request that the current task works for must be answered; nil outside of requests. Drivers bound their own time limits by it.
    @TaskLocal public static var current: Deadline?

    /// A deadline `duration` from now, or that of the current request if it comes first.
    public static func within(_ duration: Duration) -> Deadline {
        let own = after(duration)
        return current.map { min($0, own) } ?? own
    }

    /// What is left of it; never negative.
    public var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: instant)) }

    /// Whether the instant has passed.
    public var hasPassed: Bool { ContinuousClock.now >= instant }

    /// The earlier of this deadline and one `duration` from now: a step may shorten the caller's time, never lengthen it.
    public func capped(at duration: Duration) -> Deadline { min(self, .after(duration)) }

    public static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }
}

extension Duration {
    /// The duration in seconds, for metrics and SQL intervals.
    public var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }

    /// The duration in whole milliseconds, rounded up so that a positive duration never becomes zero; clamped to `Int32`.
    public var milliseconds: Int32 {
        let value = (seconds * 1000).rounded(.up)
        return Int32(clamping: Int64(min(max(value, 0), 9e15)))
    }
}
