/// A breaker at one moment, for metrics and lists.
package struct BreakerSnapshot: Sendable, Hashable {
    /// One change of state.
    package struct Change: Sendable, Hashable {
        package let from: BreakerMachine.State
        package let to: BreakerMachine.State
        /// How long ago it was when the snapshot was taken.
        package let age: Duration

        /// A change with these values.
        package init(from: BreakerMachine.State, to: BreakerMachine.State, age: Duration) {
            (self.from, self.to, self.age) = (from, to, age)
        }
    }

    package let state: BreakerMachine.State
    package let consecutiveFailures: Int
    /// What this process has seen.
    package let counts: BreakerCounts
    /// At most 10, oldest first.
    package let transitions: [Change]
    /// What is left of the time for which it is open; nil when it is not, or until somebody closes it.
    package let openTime: Duration?
    /// Whether it was opened by hand.
    package let isForced: Bool
    /// Whether the state is that of all processes, and not only of this one.
    package let isShared: Bool
    /// Names the outage: the same from when a shared circuit ceases to be closed until it is closed again, in milliseconds since 1970.
    package let outage: Int64?

    /// A snapshot with these values.
    package init(
        state: BreakerMachine.State, consecutiveFailures: Int, counts: BreakerCounts, transitions: [Change], openTime: Duration? = nil,
        isForced: Bool = false, isShared: Bool = false, outage: Int64? = nil
    ) {
        (self.state, self.consecutiveFailures, self.counts, self.transitions) = (state, consecutiveFailures, counts, transitions)
        (self.openTime, self.isForced, self.isShared) = (openTime, isForced, isShared)
        self.outage = outage
    }

    /// What `machine` says at `now`.
    package init(_ machine: BreakerMachine, at now: ContinuousClock.Instant) {
        self.init(
            state: machine.state, consecutiveFailures: machine.consecutiveFailures, counts: machine.counts,
            transitions: machine.transitions.map { Change(from: $0.from, to: $0.to, age: $0.at.duration(to: now)) },
            openTime: machine.openTime(at: now), isForced: machine.isForced)
    }
}
