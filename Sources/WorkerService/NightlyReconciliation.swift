package import Catalog
import Domain
package import FoundationEssentials
package import JobQueue
package import Logging
import Primitives
import ServiceLifecycle
package import Telemetry

/// Reconciles every night, in one scheduler of all; and again every quarter of an hour while something is still missing, so that the figures
/// follow the repair.
package struct NightlyReconciliation: Service {
    /// At 02:00 UTC.
    package static let schedule = "0 2 * * *"
    private static let again: TimeInterval = 900

    let reconciliation: Reconciliation
    let leadership: Leadership
    let schedule: CronSchedule
    let metrics: MetricCatalog
    let logger: Logger
    let now: @Sendable () -> Date

    /// - Parameters:
    ///   - leadership: the office of the one who reconciles; its term is longer than a round.
    ///   - now: the clock of the schedule.
    package init(
        _ reconciliation: Reconciliation, leadership: Leadership, metrics: MetricCatalog, logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        (self.reconciliation, self.leadership, self.metrics, self.logger, self.now) = (reconciliation, leadership, metrics, logger, now)
        schedule = try CronSchedule(Self.schedule)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var next = try? schedule.next(after: await reconciliation.last() ?? now())
            while !Task.isCancelled {
                do {
                    if let due = next, due <= now() { next = try await round(due: due) }
                    if next == nil { next = schedule.next(after: now()) }
                } catch {
                    if Task.isCancelled { return }
                    logger.warning("reconciliation failed", metadata: ["error": "\(String(reflecting: error))"])
                    next = now().addingTimeInterval(Self.again)
                }
                try? await Task.sleep(for: .seconds(30))
            }
        }
    }

    /// Reconciles, unless another scheduler does or has done it since `due`.
    ///
    /// - Returns: when the next round is due.
    package func round(due: Date) async throws -> Date? {
        guard try await leadership.claim() else { return now().addingTimeInterval(Self.again) }
        do {
            let last = try await reconciliation.last()
            let report = try await last.map { $0 >= due } ?? false ? nil : reconciliation.run()
            try await leadership.resign()
            guard let report else { return schedule.next(after: now()) }
            show(report)
            return report.drift > 0 ? now().addingTimeInterval(Self.again) : schedule.next(after: now())
        } catch {
            // Without it a successor would wait out the whole term.
            try? await leadership.resign()
            throw error
        }
    }

    private func show(_ report: Reconciliation.Report) {
        metrics.catalog.drift.set(report.drift)
        for parity in report.parities {
            metrics.catalog.missing.set(parity.missing, parity.kind.rawValue)
            metrics.catalog.orphans.set(parity.orphans, parity.kind.rawValue)
        }
        metrics.catalog.repairs.increment(by: report.repaired + report.requested)
        metrics.catalog.reconciledAt.set(now().timeIntervalSince1970)
        logger.log(
            level: report.drift > Reconciliation.alarm ? .warning : .info, "reconciled",
            metadata: ["drift": "\(report.drift)", "repaired": "\(report.repaired)", "requested": "\(report.requested)"])
    }
}
