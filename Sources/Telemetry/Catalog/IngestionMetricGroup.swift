/// Ingestion jobs and what they do.
package struct IngestionMetricGroup: Sendable {
    /// Jobs in the job table. Labels: status (a job state in lower case). Set by a collector.
    package let jobs: MetricFamily<Gauge>
    /// Jobs that this process ended. Labels: status (`completed`, `failed`, `stopped`).
    package let finished: MetricFamily<Counter>
    /// Time from the first lease to the end of a job. Labels: status.
    package let duration: MetricFamily<Histogram>
    /// Time from a job's slot to its first lease: the way through Redis, and the wait for a worker.
    package let leaseWait: MetricFamily<Histogram>
    /// Time of a completed job for each page that it decided on.
    package let pageDuration: MetricFamily<Histogram>
    /// Time of a stage. Labels: stage (`crawling`, `parsing`, `embedding`, `indexing`).
    package let stageDuration: MetricFamily<Histogram>
    /// URLs that a crawl decided on. Labels: outcome.
    package let pages: MetricFamily<Counter>
    /// Sections compared with what is stored. Labels: change (`changed`, `unchanged`, `deleted`).
    package let sections: MetricFamily<Counter>
    /// Chunk vectors. Labels: origin (`computed`, `reused`).
    package let embeddings: MetricFamily<Counter>
    /// Verifications after jobs. Labels: verdict (`ready`, `not_ready`, `failed`).
    package let verifications: MetricFamily<Counter>
    /// What verifications found wrong. Labels: problem, a code without `E_VERIFY_`, in lower case.
    package let problems: MetricFamily<Counter>
    /// Completed jobs whose documentation nobody has verified yet. Set by a collector.
    package let verificationsOwed: MetricFamily<Gauge>
    /// Time of a verification.
    package let verificationDuration: MetricFamily<Histogram>

    init(_ registry: MetricRegistry) {
        let ends = MetricLabel.closed("status", ["completed", "failed", "stopped"])
        jobs = registry.gauge(
            "portolan_jobs", "Ingestion jobs in the job table by status.",
            labels: [
                .closed("status", ["pending", "crawling", "parsing", "embedding", "indexing", "completed", "failed", "stopped"])
            ])
        finished = registry.counter("portolan_jobs_finished_total", "Ingestion jobs ended by this process.", labels: [ends])
        duration = registry.histogram(
            "portolan_job_duration_seconds", unit: .seconds, "Time from first lease to end of ingestion jobs.", labels: [ends],
            buckets: Buckets.job)
        leaseWait = registry.histogram(
            "portolan_job_lease_wait_seconds", unit: .seconds, "Time from the slot of ingestion jobs to their first lease.",
            buckets: Buckets.request)
        pageDuration = registry.histogram(
            "portolan_job_page_duration_seconds", unit: .seconds,
            "Time of completed ingestion jobs for each page that they decided on, once for each job.", buckets: Buckets.page)
        stageDuration = registry.histogram(
            "portolan_job_stage_duration_seconds", unit: .seconds, "Time of the stages of ingestion jobs.",
            labels: [.closed("stage", ["crawling", "parsing", "embedding", "indexing"])], buckets: Buckets.job)
        pages = registry.counter(
            "portolan_pages_total", "URLs that crawls decided on, by outcome.", labels: [.open("outcome")], seriesLimit: 50)
        sections = registry.counter(
            "portolan_sections_total", "Sections compared with the stored ones, by change.",
            labels: [.closed("change", ["changed", "unchanged", "deleted"])])
        embeddings = registry.counter(
            "portolan_embeddings_total", "Chunk vectors by origin.", labels: [.closed("origin", ["computed", "reused"])])
        verifications = registry.counter(
            "portolan_verifications_total", "Verifications of documentations after jobs, by verdict.",
            labels: [.closed("verdict", ["ready", "not_ready", "failed"])])
        problems = registry.counter(
            "portolan_verification_problems_total", "What verifications found wrong with documentations, by kind.",
            labels: [.closed("problem", ["empty", "sections", "chunks", "oversized", "vectors", "terms", "samples", "failed"])])
        verificationsOwed = registry.gauge(
            "portolan_verifications_owed", "Completed jobs whose documentation has not been verified yet.", labels: [])
        verificationDuration = registry.histogram(
            "portolan_verification_duration_seconds", unit: .seconds, "Time of verifications after jobs.", labels: [],
            buckets: Buckets.request)
    }
}
