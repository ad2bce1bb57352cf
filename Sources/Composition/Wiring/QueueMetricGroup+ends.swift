package import JobQueue
package import Telemetry

extension QueueMetricGroup {
    /// Counts how a message ended that this process took.
    package func count(_ end: JobEnd) {
        switch end {
        case .retried: retries.increment("ingest.run")
        case .lost: leasesLost.increment()
        // By the process that gave up: a canary of workers is judged by them.
        case .exhausted: deadLettered.increment("ingest.run")
        case .buried: deadLettered.increment("unknown")
        default: break
        }
    }
}
