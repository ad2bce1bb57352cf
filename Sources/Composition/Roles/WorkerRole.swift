import WorkerService

/// `portolan worker`: runs ingestion jobs. Stateless.
package enum WorkerRole {
    /// Works until SIGTERM or SIGINT.
    package static func run() async throws {
        let runner = try RoleRunner("worker", needs: [.database, .redis], redisIsHard: true)
        try await runner.run(waitsForRedis: true) {
            let backends = runner.backends
            let consumer = backends.consumer(embedder: backends.embedder(), gates: backends.gates)
            return [backends.worker(consumer), Drain(readiness: runner.readiness)]
        }
    }
}
