/// The rules of a circuit breaker as a value: time comes in, decisions go out.
///
/// Closed, calls pass and failures are counted. Open, calls are refused until the recovery time has passed. Half open, a few probes pass: enough
/// successes close the circuit, one failure opens it again.
package struct BreakerMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The three states; the raw values are those of metrics and logs.
    package enum State: String, Sendable, Hashable { case closed, open, halfOpen = "half_open" }

    /// One change of state.
    package struct Transition: Sendable, Hashable {
        package let from: State
        package let to: State
        package let at: Instant
    }

    /// The right to make one call, to be handed back with its outcome.
    package struct Permit: Sendable, Hashable {
        /// Outcomes of calls from before the last change of state count no more.
        package let generation: Int
        /// The number of the probe; nil for a call through a closed circuit.
        package let probe: Int?
        /// Whether the process's own machine gave it because the shared state could not be asked.
        package let isLocal: Bool

        /// A permit that a store outside this process gave.
        package init(generation: Int, probe: Int?, isLocal: Bool = false) {
            self.generation = generation
            self.probe = probe
            self.isLocal = isLocal
        }
    }

    /// The answer to a request for a permit.
    package enum Admission: Sendable, Hashable {
        case allowed(Permit)
        /// Refused; the time after which to ask again.
        case refused(retryAfter: Duration)
    }

    package let configuration: BreakerConfiguration
    /// The state after the last event. An open circuit becomes half open with the first request after its time.
    package private(set) var state = State.closed
    /// The last 10 changes, oldest first.
    package private(set) var transitions: [Transition] = []
    package private(set) var counts = BreakerCounts()

    private var generation = 0
    private var failuresInRow = 0
    private var recentFailures: [Instant] = []
    private var openUntil: Instant?
    private var successes = 0
    private var probes: [Int: Instant] = [:]
    private var nextProbe = 0

    /// A closed circuit.
    package init(configuration: BreakerConfiguration = BreakerConfiguration()) { self.configuration = configuration }

    /// Failures in a row up to now.
    package var consecutiveFailures: Int { failuresInRow }

    /// What is left of the time for which the circuit stays open; nil when it is not open, or open until somebody closes it.
    package func openTime(at now: Instant) -> Duration? {
        guard state == .open, let openUntil else { return nil }
        return max(.zero, now.duration(to: openUntil))
    }

    /// Whether somebody opened the circuit by hand.
    package var isForced: Bool { state == .open && openUntil == nil }

    /// Asks for a call.
    package mutating func admit(at now: Instant) -> Admission {
        if state == .open, let openUntil, now >= openUntil { move(to: .halfOpen, at: now) }
        switch state {
        case .closed:
            counts.calls += 1
            return .allowed(Permit(generation: generation, probe: nil))
        case .open:
            counts.blocked += 1
            return .refused(retryAfter: openUntil.map { now.duration(to: $0) } ?? configuration.retryAfterCap)
        case .halfOpen:
            probes = probes.filter { $0.value.advanced(by: configuration.probeLimit) > now }
            guard probes.count + successes < configuration.halfOpenSuccesses else {
                counts.blocked += 1
                let oldest = probes.values.min() ?? now
                return .refused(retryAfter: now.duration(to: oldest.advanced(by: configuration.probeLimit)))
            }
            counts.calls += 1
            nextProbe += 1
            probes[nextProbe] = now
            return .allowed(Permit(generation: generation, probe: nextProbe))
        }
    }

    /// Takes the outcome of a call that was allowed.
    /// - Parameter random: from 0 to 1, the share of the jitter to use.
    package mutating func record(_ outcome: CircuitOutcome, for permit: Permit, at now: Instant, random: Double) {
        switch outcome {
        case .success: counts.successes += 1
        case .failure: counts.failures += 1
        case .neutral: counts.neutral += 1
        }
        guard permit.generation == generation else { return }
        // A probe that was given up for lost says as much when it answers after all: of a dependency that takes longer for each call than that,
        // nothing else would ever be heard.
        if let probe = permit.probe { probes[probe] = nil }
        switch (outcome, state) {
        case (.success, .closed): failuresInRow = 0
        case (.success, .halfOpen):
            successes += 1
            if successes >= configuration.halfOpenSuccesses { move(to: .closed, at: now) }
        case (.failure(let retryAfter), .closed):
            failuresInRow += 1
            let start = now.advanced(by: .zero - configuration.window)
            recentFailures.removeAll { $0 <= start }
            recentFailures.append(now)
            let isOverWindow = configuration.windowFailures.map { recentFailures.count >= $0 } ?? false
            if failuresInRow >= configuration.consecutiveFailures || isOverWindow {
                open(retryAfter: retryAfter, at: now, random: random)
            }
        case (.failure(let retryAfter), .halfOpen): open(retryAfter: retryAfter, at: now, random: random)
        case (.neutral, _), (_, .open): break
        }
    }

    /// Goes on where another machine was that had opened: open until `instant`, and half open from then on.
    package mutating func resume(openUntil instant: Instant, at now: Instant) {
        move(to: .open, at: now)
        openUntil = instant
    }

    /// Opens the circuit by hand; it stays open until `close` or `reset`.
    package mutating func forceOpen(at now: Instant) {
        move(to: .open, at: now)
        openUntil = nil
    }

    /// Closes the circuit by hand.
    package mutating func close(at now: Instant) { move(to: .closed, at: now) }

    /// Closes the circuit and forgets counts and history.
    package mutating func reset() {
        let next = generation + 1
        self = BreakerMachine(configuration: configuration)
        generation = next
    }

    private mutating func open(retryAfter: Duration?, at now: Instant, random: Double) {
        let time = retryAfter.map { min(max($0, .zero), configuration.retryAfterCap) } ?? configuration.recovery
        move(to: .open, at: now)
        openUntil = now.advanced(by: time + configuration.jitter * min(max(random, 0), 1))
    }

    private mutating func move(to next: State, at now: Instant) {
        generation += 1
        failuresInRow = 0
        recentFailures = []
        successes = 0
        probes = [:]
        openUntil = nil
        guard next != state else { return }
        transitions.append(Transition(from: state, to: next, at: now))
        if transitions.count > 10 { transitions.removeFirst() }
        state = next
    }
}

/// What a breaker has seen, in total.
package struct BreakerCounts: Sendable, Hashable {
    /// Calls allowed.
    package var calls = 0
    package var successes = 0
    package var failures = 0
    package var neutral = 0
    /// Calls refused.
    package var blocked = 0

    /// Counts with these values.
    package init(calls: Int = 0, successes: Int = 0, failures: Int = 0, neutral: Int = 0, blocked: Int = 0) {
        self.calls = calls
        self.successes = successes
        self.failures = failures
        self.neutral = neutral
        self.blocked = blocked
    }
}
