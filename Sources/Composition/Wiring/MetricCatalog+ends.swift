package import JobQueue
package import Telemetry

extension MetricCatalog {
    /// Counts how a message ended that this process took, and the job with it. What the scheduler ends for dead workers it counts itself.
    package func count(_ end: JobEnd) {
        switch end {
        case .completed: ingestion.finished.increment("completed")
        case .failed: ingestion.finished.increment("failed")
        case .stopped: ingestion.finished.increment("stopped")
        case .exhausted:
            ingestion.finished.increment("failed")
            // By the process that gave up: a canary of workers is judged by them.
            queue.deadLettered.increment("ingest.run")
        case .buried: queue.deadLettered.increment("unknown")
        case .retried: queue.retries.increment("ingest.run")
        case .lost: queue.leasesLost.increment()
        case .handedBack, .skipped: break
        }
    }
}
