import Primitives

/// The one way through the gates: calls them, fails closed, counts, and tells of rejections.
package final class GateRegistry: Sendable {
    private let statistics: Locked<[GateName: GateStatistics]>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let onRejection: Locked<@Sendable (GateName, Rejection) -> Void>
    private let onDecision: Locked<@Sendable (GateName, [String: String], Rejection?) -> Void>

    /// - Parameter now: the clock that decisions are timed with.
    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.now = now
        // Every gate has its figures from the start: a gate that nobody asks shows as zero, not as missing.
        statistics = Locked(Dictionary(uniqueKeysWithValues: GateName.allCases.map { ($0, GateStatistics()) }))
        onRejection = Locked { _, _ in }
        onDecision = Locked { _, _, _ in }
    }

    /// The figures of every gate.
    package var snapshot: [GateName: GateStatistics] { statistics.withLock { $0 } }

    /// Calls `body` after each rejection from now on, in the thread of who asked the gate. What it is given is scrubbed.
    package func observeRejections(_ body: @escaping @Sendable (GateName, Rejection) -> Void) { onRejection.withLock { $0 = body } }

    /// Calls `body` after each decision of which the gate has something to tell (``Gate/note(on:)``), passes too, with the rejection if it is
    /// one.
    package func observeDecisions(_ body: @escaping @Sendable (GateName, [String: String], Rejection?) -> Void) {
        onDecision.withLock { $0 = body }
    }

    /// Lets `gate` decide on `input`. A gate that throws rejects, with ``Rejection/Code/gateFailed``.
    package func evaluate<G: Gate>(_ gate: G, _ input: G.Input) -> GateResult<G.Output> {
        let start = now()
        let result: GateResult<G.Output>
        do {
            result = try gate.decide(input)
        } catch {
            let message = "The check could not be made, so the input does not pass."
            result = .rejected(Rejection(.gateFailed, message, field: gate.field, hint: "Try again, and report it when it happens twice."))
        }
        let duration = start.duration(to: now())
        let rejection = result.rejection
        statistics.withLock { $0[gate.name, default: GateStatistics()].record(rejection, took: duration) }
        if let rejection {
            let observe = onRejection.withLock { $0 }
            observe(gate.name, rejection)
        }
        if let note = gate.note(on: input) {
            let tell = onDecision.withLock { $0 }
            tell(gate.name, note, rejection)
        }
        return result
    }
}
