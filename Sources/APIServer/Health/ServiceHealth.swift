package import APIModel
import FoundationEssentials
import Primitives
package import Resilience

/// What `/health` shows: components, circuits and memory of this process, put together from memory.
package struct ServiceHealth: Sendable {
    private let board: HealthBoard
    private let readiness: Readiness
    private let version: String
    private let breakers: @Sendable () async -> [BreakerDetail]
    private let tier: @Sendable () -> MemoryTier
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - breakers: the circuits that the process has used, by name.
    ///   - tier: how much memory is left.
    ///   - now: the clock that `board` uses.
    package init(
        board: HealthBoard, readiness: Readiness, version: String, breakers: @escaping @Sendable () async -> [BreakerDetail] = { [] },
        tier: @escaping @Sendable () -> MemoryTier = { .normal }, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        (self.board, self.readiness, self.version) = (board, readiness, version)
        (self.breakers, self.tier, self.now) = (breakers, tier, now)
    }

    /// The reply of this moment.
    package func report() async -> HealthDetail {
        let (components, status, breakers, tier) = (await board.components, await board.status, await breakers(), tier())
        var reasons = components.filter { ![.healthy, .unknown].contains($0.status) }.map { "\($0.name)_\($0.status.rawValue)" }
        reasons += breakers.filter { $0.state != "closed" }.map { "breaker_\($0.state): \($0.name)" }
        if tier > .normal { reasons.append("memory_\(tier.name)") }
        let text =
            switch readiness.phase {
            case .starting: "starting"
            case .draining: "draining"
            case .serving: status == .healthy && !reasons.isEmpty ? HealthMachine.Status.degraded.rawValue : status.rawValue
            }
        let (instant, date) = (now(), Date())
        func time(_ moment: ContinuousClock.Instant) -> Date { date.addingTimeInterval(instant.duration(to: moment).seconds) }
        return HealthDetail(
            status: text, version: version,
            summary: Dictionary(components.map { ($0.status.rawValue, 1) }, uniquingKeysWith: +), tier: tier.name, reasons: reasons,
            components: components.map { component in
                HealthDetail.Component(
                    name: component.name, status: component.status.rawValue, hard: component.isHard, failures: component.machine.failures,
                    since: component.machine.history.last.map { time($0.at) }, checkedAt: component.checked.map { time($0.at) },
                    milliseconds: component.checked.map { Int($0.took.milliseconds) },
                    history: component.machine.history.map {
                        HealthDetail.Change(from: $0.from.rawValue, to: $0.to.rawValue, at: time($0.at))
                    })
            }, breakers: breakers)
    }
}

extension BreakerDetail {
    /// The wire's form of `snapshot`, taken just now.
    package init(name: String, _ snapshot: BreakerSnapshot) {
        let now = Date()
        self.init(
            name: name, state: snapshot.state.rawValue, forced: snapshot.isForced, shared: snapshot.isShared,
            failures: snapshot.consecutiveFailures, retryAfterSeconds: snapshot.openTime.map { Int($0.seconds.rounded(.up)) },
            changes: snapshot.transitions.map {
                Change(from: $0.from.rawValue, to: $0.to.rawValue, at: now.addingTimeInterval(-$0.age.seconds))
            })
    }
}
