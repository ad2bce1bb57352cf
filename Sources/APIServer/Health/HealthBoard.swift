import FoundationEssentials
package import Logging
import Primitives
package import Resilience
import ServiceLifecycle

/// The health of a process's components: checks them at an interval, keeps what was found and when it changed, tells listeners of changes, and
/// sets off what is to be done about failures.
///
/// What it says is kept in memory, so that `/health` asks nobody. A failed check is repeated soon, so that the second failure that it takes to
/// call a component unhealthy does not come an interval later.
package actor HealthBoard: Service {
    /// Time and pauses.
    package struct Pacing: Sendable {
        /// Between two rounds. Default 18 s: with two checks that take all of their time and the pause between them, a loss is known within 30 s.
        package var interval: Duration = .seconds(18)
        /// Between a failed check and its repetition.
        package var repetition: Duration = .seconds(2)
        /// After which a check counts as failed.
        package var timeout: Duration = .seconds(5)
        /// The clock.
        package var now: @Sendable () -> ContinuousClock.Instant = { .now }
        /// Waits between rounds.
        package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        /// The defaults that the properties name.
        package init() {}
    }

    /// A change of a component's status.
    package struct Change: Sendable, Hashable {
        package let component: String
        package let from: HealthMachine.Status
        package let to: HealthMachine.Status
        /// Whether the process is of no use without the component.
        package let isHard: Bool
    }

    /// One component at one moment.
    package struct Component: Sendable {
        package let name: String
        package let isHard: Bool
        package let machine: HealthMachine
        /// When the last check ended, and how long it took.
        package let checked: (at: ContinuousClock.Instant, took: Duration)?

        /// Its status.
        package var status: HealthMachine.Status { machine.status }
    }

    private struct Entry {
        let check: DependencyCheck
        var machine = HealthMachine()
        var checked: (at: ContinuousClock.Instant, took: Duration)?
    }

    private var entries: [Entry]
    private var recovery: RecoveryMachine
    private let pacing: Pacing
    private let onChange: @Sendable (Change) async -> Void
    private let perform: @Sendable (RecoveryMachine.Action, _ component: String) async -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - checks: the components.
    ///   - rules: what is done about which failures.
    ///   - onChange: hears of each change of status, but not of the first finding when it is good.
    ///   - perform: does what is due.
    package init(
        checks: [DependencyCheck], rules: [RecoveryMachine.Rule] = [], pacing: Pacing = Pacing(), logger: Logger,
        onChange: @escaping @Sendable (Change) async -> Void = { _ in },
        perform: @escaping @Sendable (RecoveryMachine.Action, _ component: String) async -> Void = { _, _ in }
    ) {
        entries = checks.map { Entry(check: $0) }
        recovery = RecoveryMachine(rules)
        (self.pacing, self.logger, self.onChange, self.perform) = (pacing, logger, onChange, perform)
    }

    /// The components in the order of their checks.
    package var components: [Component] {
        entries.map { Component(name: $0.check.name, isHard: $0.check.isHard, machine: $0.machine, checked: $0.checked) }
    }

    /// `unhealthy` when a hard component is, `unknown` before the first round, `degraded` when anything is not healthy, else `healthy`.
    package var status: HealthMachine.Status {
        if entries.contains(where: { $0.check.isHard && $0.machine.status == .unhealthy }) { return .unhealthy }
        if entries.contains(where: { $0.machine.status == .unknown }) { return .unknown }
        return entries.allSatisfy { $0.machine.status == .healthy } ? .healthy : .degraded
    }

    /// Checks at the interval until the process stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.round()
                let pause = await self.pause
                do { try await self.pacing.sleep(pause) } catch { return }
            }
        }
    }

    /// Checks every component once, all at the same time, and acts on what was found.
    package func round() async {
        let (checks, timeout, logger, now) = (entries.map(\.check), pacing.timeout, logger, pacing.now)
        let findings = await withTaskGroup(of: (Int, HealthMachine.Finding, Duration).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    let start = now()
                    let isThere = await DependencyProbe.passes(check, timeout: timeout, logger: logger)
                    let took = start.duration(to: now())
                    return (index, isThere ? .answered(took) : .failed, took)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (index, finding, took) in findings.sorted(by: { $0.0 < $1.0 }) { await take(finding, of: index, took: took) }
    }

    private var pause: Duration {
        // An outage that is known is looked at at the interval; one that has just begun, sooner.
        entries.contains { $0.machine.status == .degraded && $0.machine.failures > 0 } ? pacing.repetition : pacing.interval
    }

    private func take(_ finding: HealthMachine.Finding, of index: Int, took: Duration) async {
        let now = pacing.now()
        let change = entries[index].machine.observe(finding, at: now)
        entries[index].checked = (now, took)
        let (check, failures) = (entries[index].check, entries[index].machine.failures)
        let actions = recovery.actions(for: check.name, failures: failures, at: now)
        if let change, change.from != .unknown || change.to != .healthy {
            logger.log(
                level: change.to == .unhealthy ? .warning : .info, "component health changed",
                metadata: ["component": "\(check.name)", "from": "\(change.from.rawValue)", "to": "\(change.to.rawValue)"])
            await onChange(Change(component: check.name, from: change.from, to: change.to, isHard: check.isHard))
        }
        for action in actions {
            logger.warning(
                "recovery action",
                metadata: ["component": "\(check.name)", "action": "\(action.rawValue)", "failures": "\(failures)"])
            await perform(action, check.name)
        }
    }
}
