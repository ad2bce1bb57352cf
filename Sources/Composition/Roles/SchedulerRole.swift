import ServiceLifecycle
import Storage
import WorkerService

/// `portolan scheduler`: publishes, reclaims, cleans up; leader by lease.
package enum SchedulerRole {
    /// Works until SIGTERM or SIGINT.
    package static func run() async throws {
        let runner = try RoleRunner("scheduler", needs: ServiceRole.scheduler.needs, redisIsHard: true)
        try await runner.run(waitsForRedis: true) {
            MetricCollectors.installQueue(runner.backends)
            MetricCollectors.installBackup(runner.backends)
            ServerCollector.install(runner.backends)
            let backends = runner.backends
            let watcher = backends.sourceWatcher(gates: backends.gates)
            let intake = backends.spoolIntake(gates: backends.gates).map { [$0 as any Service] } ?? []
            let nightly = try backends.reconciliation(gates: backends.gates)
            let notifications = backends.notifications().map { [$0 as any Service] } ?? []
            let herald: [any Service] =
                notifications.isEmpty ? [] : [backends.herald(PostgresNotificationStore(backends.postgres))]
            return [backends.scheduler(), watcher, nightly] + intake + notifications + herald + [Drain(readiness: runner.readiness)]
        }
    }
}
