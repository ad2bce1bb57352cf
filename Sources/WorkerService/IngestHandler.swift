package import Domain
package import Ingestion
package import JobQueue
import Logging
import Primitives
package import Telemetry

/// Runs ingestion jobs through the pipeline and counts what they did.
package struct IngestHandler: JobHandler {
    let pipeline: IngestionPipeline
    let store: any JobStore
    let verification: VerificationService
    let metrics: MetricCatalog
    let tracer: Tracer

    /// - Parameters:
    ///   - verification: looks at what a job published; what it cannot finish stays owed.
    ///   - tracer: makes the span of a job whose trace is recorded.
    package init(
        pipeline: IngestionPipeline, store: any JobStore, verification: VerificationService, metrics: MetricCatalog, tracer: Tracer = .off
    ) {
        self.tracer = tracer
        self.pipeline = pipeline
        self.store = store
        self.verification = verification
        self.metrics = metrics
    }

    package func run(_ lease: JobLease, context: JobContext) async throws {
        // A later attempt waited for the one before it.
        if context.attempt == 1 { metrics.ingestion.leaseWait.observe(context.waited) }
        let parent = context.traceparent.flatMap { TraceContext(traceparent: $0, tracestate: context.tracestate) }
        try await LogContext.with { log in
            log.jobID = lease.job.description
            log.correlationID = context.correlationID
            log.trace = parent
        } _: {
            try await tracer.with(
                "job ingest.run", kind: .consumer,
                attributes: ["portolan.job_id": .text(lease.job.description), "portolan.attempt": .number(context.attempt)]
            ) { try await work(lease, context) }
        }
    }

    private func work(_ lease: JobLease, _ context: JobContext) async throws {
        let start = ContinuousClock.now
        do {
            try await pipeline.run(lease, logger: context.logger)
        } catch let error as Fault where !error.isTransient {
            metrics.ingestion.duration.observe(start.duration(to: .now), "failed", trace: LogContext.current.trace)
            throw error
        }
        let took = start.duration(to: .now)
        metrics.ingestion.duration.observe(took, "completed", trace: LogContext.current.trace)
        if let job = try? await store.job(lease.job, access: .all) {
            count(job)
            // By the stages of all attempts, so that one which only ended what another had begun does not look quick.
            let work = max(took.seconds, job.stageSeconds.values.reduce(0) { $0 + $1 })
            metrics.ingestion.pageDuration.observe(work / Double(max(job.counts.pagesProcessed, 1)), trace: LogContext.current.trace)
            await verification.verify(job, context.logger)
        }
    }

    private func count(_ job: Job) {
        for (outcome, pages) in job.counts.pagesByOutcome { metrics.ingestion.pages.increment(outcome, by: pages) }
        metrics.ingestion.sections.increment("changed", by: job.counts.sectionsChanged)
        metrics.ingestion.sections.increment("unchanged", by: job.counts.sectionsUnchanged)
        metrics.ingestion.sections.increment("deleted", by: job.counts.sectionsDeleted)
        metrics.ingestion.embeddings.increment("computed", by: job.counts.chunksEmbedded)
        metrics.ingestion.embeddings.increment("reused", by: job.counts.chunksReused)
        for (stage, seconds) in job.stageSeconds {
            metrics.ingestion.stageDuration.observe(seconds, stage, trace: LogContext.current.trace)
        }
    }
}
