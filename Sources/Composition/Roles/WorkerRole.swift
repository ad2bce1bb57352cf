import Domain
import JobQueue
import Logging
import Telemetry
import WorkerService

/// `portolan worker`: runs ingestion jobs. Stateless.
package enum WorkerRole {
    /// Works until SIGTERM or SIGINT.
    package static func run() async throws {
        let runner = try RoleRunner("worker", needs: ServiceRole.worker.needs, redisIsHard: true)
        try await runner.run(waitsForRedis: true) {
            let backends = runner.backends
            let embedder = backends.embedder()
            MismatchCollector.installModel(backends.metrics, backends.postgres, embedder?.profile)
            let verification = backends.verification(embedder: embedder, gates: backends.gates)
            let consumer = backends.consumer(embedder: embedder, verification: verification, gates: backends.gates)
            let paused = backends.metrics.health.intakePaused
            runner.own.intake.observe { isPaused in
                consumer.pause(isPaused)
                paused.set(isPaused ? 1 : 0)
                backends.logger.notice(isPaused ? "intake paused" : "intake resumed")
            }
            return [backends.worker(consumer), verification, Drain(readiness: runner.readiness)]
        }
    }
}
