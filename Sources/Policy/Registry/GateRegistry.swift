import Primitives

/// The one way through the gates: calls them, fails closed, and counts.
package final class GateRegistry: Sendable {
    /// The figures of one gate since the start.
    package struct Statistics: Sendable, Hashable {
        /// What the gate guards.
        package let domain: GateDomain
        /// Decisions in all.
        package var invocations = 0
        /// Decisions that let the input pass.
        package var passes = 0
        /// Rejections by code.
        package var rejections: [Rejection.Code: Int] = [:]
        /// Shortest decision.
        package var minimum = Duration.zero
        /// Longest decision.
        package var maximum = Duration.zero
        /// All decisions together.
        package var total = Duration.zero

        /// Upper bounds of ``buckets`` in milliseconds; one more bucket holds what is beyond the last.
        package static let bounds: [Double] = [0.1, 0.5, 1, 2.5, 5, 10, 50]
        /// Decisions by duration, not cumulative.
        package var buckets = [Int](repeating: 0, count: bounds.count + 1)

        init(domain: GateDomain) { self.domain = domain }

        mutating func record(_ rejection: Rejection?, took duration: Duration) {
            minimum = invocations == 0 ? duration : min(minimum, duration)
            maximum = max(maximum, duration)
            total += duration
            invocations += 1
            if let rejection { rejections[rejection.code, default: 0] += 1 } else { passes += 1 }
            let milliseconds = duration.seconds * 1000
            buckets[Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count] += 1
        }
    }

    private let statistics = Locked<[String: Statistics]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter now: the clock that decisions are timed with.
    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) { self.now = now }

    /// The figures by name of gate; a gate is listed after its first decision.
    package var snapshot: [String: Statistics] { statistics.withLock { $0 } }

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
        statistics.withLock { $0[gate.name, default: Statistics(domain: gate.domain)].record(result.rejection, took: duration) }
        return result
    }
}
