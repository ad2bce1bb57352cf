import Primitives
import Redis
package import Resilience

/// A breaker's state in Redis, shared by all processes.
///
/// While the circuit is closed and nothing fails, a call costs no request: the store keeps what it knows of the shared state for a second, and
/// hears of changes at once where ``BreakerWatch`` runs. Failures, probes, and successes after a failure are one atomic script each. When
/// Redis cannot be asked, a machine of this process decides, and a circuit that is known to be open stays so for the rest of its time.
package final class SharedBreakerStore: BreakerStore {
    /// What a store tells about.
    package enum Event: Sendable, Hashable {
        /// A step of this process has changed the shared state; each change is told by one process.
        case moved(BreakerMachine.State)
        /// A decision was made here because Redis could not be asked.
        case decidedLocally
    }

    fileprivate struct View: Sendable {
        var state = BreakerMachine.State.closed
        var generation = 0
        var row = 0
        /// Nil when it is open until somebody closes it.
        var openUntil: ContinuousClock.Instant?
        var isForced = false
        var outage: Int64?
        var changes: [BreakerSnapshot.Change] = []
    }

    fileprivate struct Memory: Sendable {
        var view: View?
        var readAt: ContinuousClock.Instant?
        var isReading = false
        var counts = BreakerCounts()
        var machine: BreakerMachine
        var isLocal = false
    }

    /// The breaker's name: part of its keys.
    package let name: String
    private let configuration: BreakerConfiguration
    private let access: BreakerAccess
    private let report: @Sendable (Event) -> Void
    private let memory: Locked<Memory>

    /// - Parameters:
    ///   - access: the way to Redis, shared by the stores of a process.
    ///   - report: hears of what the store does; called outside of its lock.
    package init(
        name: String, configuration: BreakerConfiguration, access: BreakerAccess, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        (self.name, self.configuration, self.access, self.report) = (name, configuration, access, report)
        memory = Locked(Memory(machine: BreakerMachine(configuration: configuration)))
    }

    package func admit(at now: ContinuousClock.Instant) async -> BreakerMachine.Admission {
        if memory.withLock({ $0.needsReading(at: now) }) { _ = await run("look", at: now) }
        let (view, isLocal) = memory.withLock { ($0.view, $0.isLocal) }
        guard let view, !isLocal else { return admitLocally(view, at: now) }
        if view.state == .closed {
            memory.withLock { $0.counts.calls += 1 }
            return .allowed(.init(generation: view.generation, probe: nil))
        }
        if view.state == .open, let rest = view.rest(at: now), rest > .zero { return refused(after: rest) }
        if view.isForced { return refused(after: configuration.retryAfterCap) }
        // Its time is over: who may probe is decided in one place.
        guard let reply = await run("admit", at: now) else { return admitLocally(view, at: now) }
        guard reply.answer == "allowed" else { return refused(after: reply.rest) }
        memory.withLock { $0.counts.calls += 1 }
        return .allowed(.init(generation: reply.generation, probe: reply.probe))
    }

    package func record(
        _ outcome: CircuitOutcome, for permit: BreakerMachine.Permit, at now: ContinuousClock.Instant, random: Double
    ) async {
        let needsScript = memory.withLock { memory in
            memory.counts.add(outcome)
            let isCalm = permit.probe == nil && (outcome == .neutral || (outcome == .success && memory.view?.row == 0))
            return !isCalm && !permit.isLocal
        }
        if permit.isLocal {
            memory.withLock { $0.machine.record(outcome, for: permit, at: now, random: random) }
        } else if needsScript, await run("record", record(outcome, permit, random), at: now) == nil {
            // The shared state did not hear of it, so the local one must.
            report(.decidedLocally)
            memory.withLock { memory in
                guard case .allowed(let permit) = memory.machine.admit(at: now) else { return }
                memory.machine.record(outcome, for: permit, at: now, random: random)
            }
        }
    }

    package func snapshot(at now: ContinuousClock.Instant) async -> BreakerSnapshot {
        let reply = await run("look", at: now)
        return memory.withLock { memory in
            guard reply != nil, let view = memory.view else {
                // Known to be open, and refused for the rest of its time.
                if let view = memory.view, view.state == .open, view.isForced || view.rest(at: now) ?? .zero > .zero {
                    return BreakerSnapshot(
                        state: .open, consecutiveFailures: view.row, counts: memory.counts, transitions: view.changes,
                        openTime: view.rest(at: now), isForced: view.isForced)
                }
                let local = BreakerSnapshot(memory.machine, at: now)
                return BreakerSnapshot(
                    state: local.state, consecutiveFailures: local.consecutiveFailures, counts: memory.counts,
                    transitions: local.transitions, openTime: local.openTime, isForced: local.isForced)
            }
            return BreakerSnapshot(
                state: view.state, consecutiveFailures: view.row, counts: memory.counts, transitions: view.changes,
                openTime: view.rest(at: now), isForced: view.isForced, isShared: true, outage: view.outage)
        }
    }

    /// Forgets what is known of the shared state, so that the next call asks again.
    package func invalidate() { memory.withLock { $0.readAt = nil } }

    /// Opens the circuit for all processes until somebody closes it.
    /// - Throws: ``ResilienceError`` when Redis cannot be asked.
    package func forceOpen(at now: ContinuousClock.Instant = .now) async throws { try await force("open", at: now) }

    /// Closes the circuit for all processes.
    /// - Throws: ``ResilienceError`` when Redis cannot be asked.
    package func close(at now: ContinuousClock.Instant = .now) async throws { try await force("close", at: now) }

    /// Closes the circuit for all processes and forgets its history.
    /// - Throws: ``ResilienceError`` when Redis cannot be asked.
    package func reset(at now: ContinuousClock.Instant = .now) async throws {
        try await force("reset", at: now)
        memory.withLock { $0.machine.reset() }
    }

    // MARK: - Redis

    private func force(_ operation: String, at now: ContinuousClock.Instant) async throws {
        guard await run(operation, at: now) != nil else {
            throw ResilienceError(.circuitOpen, "The state of \(name) cannot be changed while Redis is away", retryAfter: .seconds(5))
        }
    }

    private func record(_ outcome: CircuitOutcome, _ permit: BreakerMachine.Permit, _ random: Double) -> [RedisArgument] {
        let jitter = Int((configuration.jitter * min(max(random, 0), 1)).seconds * 1000)
        let (word, asked): (String, Int) =
            switch outcome {
            case .success: ("success", -1)
            case .neutral: ("neutral", -1)
            case .failure(let pause): ("failure", pause.map { Int(max(0, $0.seconds) * 1000) } ?? -1)
            }
        return [
            RedisArgument(permit.generation), .text(permit.probe.map { "\($0)" } ?? ""), .text(word), RedisArgument(asked),
            RedisArgument(jitter),
        ]
    }

    /// Runs one step; nil when Redis cannot be asked.
    private func run(_ operation: String, _ rest: [RedisArgument] = [], at now: ContinuousClock.Instant) async -> BreakerReply? {
        memory.withLock { $0.isReading = true }
        let reply = await access.run(name, operation, configuration, rest)
        memory.withLock { memory in
            memory.isReading = false
            memory.readAt = now
            let wasLocal = memory.isLocal
            memory.isLocal = reply == nil
            guard let reply else {
                // What was open or half open is not closed because Redis went away: this process goes on from there.
                if !wasLocal, let view = memory.view, view.state != .closed, !view.isForced {
                    memory.machine.resume(openUntil: view.openUntil ?? now, at: now)
                }
                return
            }
            // Only a machine that decides has anything to say when Redis goes away the next time.
            if memory.machine.state != .closed || memory.machine.consecutiveFailures > 0 { memory.machine.reset() }
            memory.view = View(reply, at: now)
        }
        if let changed = reply?.changed { report(.moved(changed)) }
        return reply
    }

    // MARK: - Without Redis

    private func admitLocally(_ view: View?, at now: ContinuousClock.Instant) -> BreakerMachine.Admission {
        report(.decidedLocally)
        if let view, view.state == .open {
            if view.isForced { return refused(after: configuration.retryAfterCap) }
            if let rest = view.rest(at: now), rest > .zero { return refused(after: rest) }
        }
        return memory.withLock { memory in
            switch memory.machine.admit(at: now) {
            case .allowed(let permit):
                memory.counts.calls += 1
                return .allowed(.init(generation: permit.generation, probe: permit.probe, isLocal: true))
            case .refused(let rest):
                memory.counts.blocked += 1
                return .refused(retryAfter: rest)
            }
        }
    }

    private func refused(after rest: Duration) -> BreakerMachine.Admission {
        memory.withLock { $0.counts.blocked += 1 }
        return .refused(retryAfter: rest)
    }
}

extension SharedBreakerStore.View {
    fileprivate init(_ reply: BreakerReply, at now: ContinuousClock.Instant) {
        (state, generation, row, isForced, changes) = (reply.state, reply.generation, reply.row, reply.isForced, reply.changes)
        outage = reply.outage
        openUntil = reply.state == .open && !reply.isForced ? now.advanced(by: reply.rest) : nil
    }

    /// What is left of the time for which it is open; nil when it is not, or until somebody closes it.
    fileprivate func rest(at now: ContinuousClock.Instant) -> Duration? { openUntil.map { max(.zero, now.duration(to: $0)) } }
}

extension SharedBreakerStore.Memory {
    /// Whether this caller should ask: the others go on with what is known meanwhile.
    fileprivate func needsReading(at now: ContinuousClock.Instant) -> Bool {
        guard let readAt else { return true }
        return !isReading && readAt.duration(to: now) >= .seconds(1)
    }
}

extension BreakerCounts {
    fileprivate mutating func add(_ outcome: CircuitOutcome) {
        switch outcome {
        case .success: successes += 1
        case .failure: failures += 1
        case .neutral: neutral += 1
        }
    }
}
