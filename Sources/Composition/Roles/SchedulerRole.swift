import WorkerService

/// `portolan scheduler`: publishes, reclaims, cleans up; leader by lease.
package enum SchedulerRole {
    /// Works until SIGTERM or SIGINT.
    package static func run() async throws {
        let runner = try RoleRunner("scheduler", needs: [.database, .redis], redisIsHard: true)
        try await runner.run(waitsForRedis: true) {
            MetricCollectors.installQueue(runner.backends)
            return [
                runner.backends.scheduler(), runner.backends.sourceWatcher(gates: runner.backends.gates),
                Drain(readiness: runner.readiness),
            ]
        }
    }
}
