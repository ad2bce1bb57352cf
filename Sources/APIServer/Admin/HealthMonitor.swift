package import Logging
import Primitives

/// Runs the dependency checks, all at once, and keeps the last answer for callers who do not need a fresh one.
package actor HealthMonitor {
    private let checks: [DependencyCheck]
    private let timeout: Duration
    private let logger: Logger
    private var last: (report: [HealthReport.Component], at: ContinuousClock.Instant)?
    private var running: Task<[HealthReport.Component], Never>?

    /// - Parameters:
    ///   - checks: the dependencies.
    ///   - timeout: a check that takes longer counts as failed.
    package init(checks: [DependencyCheck], timeout: Duration = .seconds(2), logger: Logger) {
        (self.checks, self.timeout, self.logger) = (checks, timeout, logger)
    }

    /// How the dependencies are.
    ///
    /// - Parameters:
    ///   - phase: where the process is, which the status reflects.
    ///   - age: an answer that is this old will do; callers at the same time share one round of checks.
    package func report(phase: Readiness.Phase, maximumAge age: Duration = .zero) async -> HealthReport {
        let components = await components(maximumAge: age)
        let isDown = components.contains { $0.hard && $0.status != "ok" }
        let status =
            switch phase {
            case .starting: "starting"
            case .draining: "draining"
            case .serving: isDown ? "down" : components.contains { $0.status != "ok" } ? "degraded" : "ok"
            }
        return HealthReport(status: status, components: components)
    }

    private func components(maximumAge age: Duration) async -> [HealthReport.Component] {
        if let last, age > .zero, last.at.duration(to: .now) < age { return last.report }
        if let running { return await running.value }
        // Not a child of the caller: others wait for the same round, and a caller who goes away must not end it for them.
        let round = Task { await Self.ask(checks, timeout: timeout, logger: logger) }
        running = round
        let report = await round.value
        running = nil
        last = (report, .now)
        return report
    }

    private static func ask(_ checks: [DependencyCheck], timeout: Duration, logger: Logger) async -> [HealthReport.Component] {
        await withTaskGroup(of: (Int, HealthReport.Component).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    let start = ContinuousClock.now
                    let isThere = await DependencyProbe.passes(check, timeout: timeout, logger: logger)
                    let took = Int(start.duration(to: .now).milliseconds)
                    return (index, .init(name: check.name, status: isThere ? "ok" : "down", hard: check.isHard, milliseconds: took))
                }
            }
            var results: [(Int, HealthReport.Component)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
