import Primitives

/// Where the state of a breaker lives: in this process, or shared by several.
package protocol BreakerStore: Sendable {
    /// Asks for a call.
    func admit(at now: ContinuousClock.Instant) async -> BreakerMachine.Admission
    /// Takes the outcome of a call that was allowed. Called once for each permit, also in cancelled tasks.
    func record(_ outcome: CircuitOutcome, for permit: BreakerMachine.Permit, at now: ContinuousClock.Instant, random: Double) async
    /// The state of this moment.
    func snapshot() async -> BreakerSnapshot
}

/// A breaker at one moment, for metrics and lists.
package struct BreakerSnapshot: Sendable, Hashable {
    package let state: BreakerMachine.State
    package let consecutiveFailures: Int
    package let counts: BreakerCounts
    /// At most 10, oldest first.
    package let transitions: [BreakerMachine.Transition]

    /// A snapshot with these values.
    package init(
        state: BreakerMachine.State, consecutiveFailures: Int, counts: BreakerCounts, transitions: [BreakerMachine.Transition]
    ) {
        self.state = state
        self.consecutiveFailures = consecutiveFailures
        self.counts = counts
        self.transitions = transitions
    }
}

/// Keeps the state in this process.
package final class LocalBreakerStore: BreakerStore {
    private let machine: Locked<BreakerMachine>

    /// A closed circuit.
    package init(configuration: BreakerConfiguration = BreakerConfiguration()) {
        machine = Locked(BreakerMachine(configuration: configuration))
    }

    package func admit(at now: ContinuousClock.Instant) -> BreakerMachine.Admission { machine.withLock { $0.admit(at: now) } }

    package func record(
        _ outcome: CircuitOutcome, for permit: BreakerMachine.Permit, at now: ContinuousClock.Instant, random: Double
    ) {
        machine.withLock { $0.record(outcome, for: permit, at: now, random: random) }
    }

    package func snapshot() -> BreakerSnapshot {
        machine.withLock {
            BreakerSnapshot(
                state: $0.state, consecutiveFailures: $0.consecutiveFailures, counts: $0.counts, transitions: $0.transitions)
        }
    }

    /// Opens the circuit by hand until it is closed or reset by hand.
    package func forceOpen(at now: ContinuousClock.Instant) { machine.withLock { $0.forceOpen(at: now) } }
    /// Closes the circuit by hand.
    package func close(at now: ContinuousClock.Instant) { machine.withLock { $0.close(at: now) } }
    /// Closes the circuit and forgets counts and history.
    package func reset() { machine.withLock { $0.reset() } }
}
