import Primitives

/// Where the state of a breaker lives: in this process, or shared by several.
package protocol BreakerStore: Sendable {
    /// Asks for a call.
    func admit(at now: ContinuousClock.Instant) async -> BreakerMachine.Admission
    /// Takes the outcome of a call that was allowed. Called once for each permit, also in cancelled tasks.
    func record(_ outcome: CircuitOutcome, for permit: BreakerMachine.Permit, at now: ContinuousClock.Instant, random: Double) async
    /// The state of this moment.
    func snapshot(at now: ContinuousClock.Instant) async -> BreakerSnapshot
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

    package func snapshot(at now: ContinuousClock.Instant) -> BreakerSnapshot { machine.withLock { BreakerSnapshot($0, at: now) } }

    /// Opens the circuit by hand until it is closed or reset by hand.
    package func forceOpen(at now: ContinuousClock.Instant) { machine.withLock { $0.forceOpen(at: now) } }
    /// Closes the circuit by hand.
    package func close(at now: ContinuousClock.Instant) { machine.withLock { $0.close(at: now) } }
    /// Closes the circuit and forgets counts and history.
    package func reset() { machine.withLock { $0.reset() } }
}
