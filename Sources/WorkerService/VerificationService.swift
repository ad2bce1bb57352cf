package import Domain
package import Ingestion
package import Logging
import Primitives
import ServiceLifecycle
package import Telemetry

/// Verifies documentations after jobs, and in every worker those that are owed: a publication writes the debt, a report pays it, and a
/// worker that died in between leaves it to the others.
package struct VerificationService: Service {
    private static let batch = 5
    /// How long a verification that was taken on may take at its first attempt.
    private static let term = Duration.seconds(60)

    let verifier: JobVerifier
    let verifications: any VerificationStore
    let jobs: any JobStore
    let tick: Duration
    let metrics: MetricCatalog
    let logger: Logger

    /// - Parameters:
    ///   - verifier: compares and asks.
    ///   - verifications: knows what is owed.
    ///   - tick: pause between two looks for what is due.
    package init(
        verifier: JobVerifier, verifications: any VerificationStore, jobs: any JobStore, tick: Duration = .seconds(15),
        metrics: MetricCatalog, logger: Logger
    ) {
        (self.verifier, self.verifications, self.jobs, self.tick) = (verifier, verifications, jobs, tick)
        (self.metrics, self.logger) = (metrics, logger)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                do {
                    while try await round() > 0 {}
                    failures = 0
                } catch {
                    if Task.isCancelled { return }
                    failures += 1
                    logger.warning("verifications that are owed cannot be read", metadata: ["error": "\(error)"])
                }
                let pause = failures == 0 ? tick : Backoff(base: tick, limit: .seconds(300)).delay(afterAttempt: failures)
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Verifies what is owed and due.
    ///
    /// - Returns: how many were tried; call again while it is not 0.
    /// - Throws: ``Domain/Fault`` when the store is away; `CancellationError`, after which what was not verified stays owed.
    package func round() async throws -> Int {
        let owed = try await verifications.takeOwed(limit: Self.batch, term: Self.term)
        for id in owed {
            try Task.checkCancellation()
            guard let job = try await jobs.job(id, access: .all) else { continue }
            logger.info("verifies a job that its worker left unverified", metadata: ["job_id": "\(id)"])
            await verify(job, logger)
        }
        return owed.count
    }

    /// Verifies `job`, which has ended and is not touched: whatever goes wrong is counted and logged, and the verification stays owed.
    package func verify(_ job: Job, _ logger: Logger) async {
        let start = ContinuousClock.now
        do {
            let report = try await verifier.verify(job)
            metrics.ingestion.verifications.increment(report.isReady ? "ready" : "not_ready")
            for problem in report.problems { metrics.ingestion.problems.increment(problem.code.label) }
            metrics.ingestion.verificationDuration.observe(start.duration(to: .now))
            if !report.isReady {
                logger.warning(
                    "documentation is not ready for queries",
                    metadata: ["problems": "\(report.problems.map { "\($0.code.rawValue): \($0.message)" }.joined(separator: " "))"])
            }
        } catch {
            if Task.isCancelled { return }
            metrics.ingestion.verifications.increment("failed")
            metrics.ingestion.problems.increment(VerificationReport.Code.failed.label)
            logger.warning("verification failed", metadata: ["error": "\(String(reflecting: error))"])
        }
    }
}
