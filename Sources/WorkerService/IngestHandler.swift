package import Domain
package import Ingestion
package import JobQueue
import Logging
package import Telemetry

/// Runs ingestion jobs through the pipeline and counts what they did.
package struct IngestHandler: JobHandler {
    let pipeline: IngestionPipeline
    let store: any JobStore
    let verifier: JobVerifier
    let metrics: MetricCatalog

    package init(pipeline: IngestionPipeline, store: any JobStore, verifier: JobVerifier, metrics: MetricCatalog) {
        self.pipeline = pipeline
        self.store = store
        self.verifier = verifier
        self.metrics = metrics
    }

    package func run(_ lease: JobLease, context: JobContext) async throws {
        try await LogContext.with { log in
            log.jobID = lease.job.description
            log.correlationID = context.correlationID
            log.trace = context.traceparent.flatMap { TraceContext(traceparent: $0)?.child() }
        } _: {
            let start = ContinuousClock.now
            do {
                try await pipeline.run(lease, logger: context.logger)
            } catch let error as Fault where !error.isTransient {
                metrics.ingestion.finished.increment("failed")
                metrics.ingestion.duration.observe(start.duration(to: .now), "failed")
                throw error
            } catch LeaseLoss.stopRequested {
                metrics.ingestion.finished.increment("stopped")
                throw LeaseLoss.stopRequested
            }
            metrics.ingestion.finished.increment("completed")
            metrics.ingestion.duration.observe(start.duration(to: .now), "completed", trace: LogContext.current.trace)
            if let job = try? await store.job(lease.job) {
                count(job)
                await verify(job, context.logger)
            }
        }
    }

    /// The job has ended and is not touched: whatever goes wrong here is counted and logged.
    private func verify(_ job: Job, _ logger: Logger) async {
        let start = ContinuousClock.now
        do {
            let report = try await verifier.verify(job)
            metrics.ingestion.verifications.increment(report.isReady ? "ready" : "not_ready")
            metrics.ingestion.verificationDuration.observe(start.duration(to: .now))
            if !report.isReady {
                logger.warning(
                    "documentation is not ready for queries",
                    metadata: ["problems": "\(report.problems.map { "\($0.code.rawValue): \($0.message)" }.joined(separator: " "))"])
            }
        } catch {
            metrics.ingestion.verifications.increment("failed")
            logger.warning("verification failed", metadata: ["error": "\(String(reflecting: error))"])
        }
    }

    private func count(_ job: Job) {
        for (outcome, pages) in job.counts.pagesByOutcome { metrics.ingestion.pages.increment(outcome, by: pages) }
        metrics.ingestion.sections.increment("changed", by: job.counts.sectionsChanged)
        metrics.ingestion.sections.increment("unchanged", by: job.counts.sectionsUnchanged)
        metrics.ingestion.sections.increment("deleted", by: job.counts.sectionsDeleted)
        metrics.ingestion.embeddings.increment("computed", by: job.counts.chunksEmbedded)
        metrics.ingestion.embeddings.increment("reused", by: job.counts.chunksReused)
        for (stage, seconds) in job.stageSeconds { metrics.ingestion.stageDuration.observe(seconds, stage) }
    }
}
