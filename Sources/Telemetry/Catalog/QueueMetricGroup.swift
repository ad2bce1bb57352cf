/// The job queue: streams, outbox, leases, dead letters. Label `queue` is `high` or `normal`.
package struct QueueMetricGroup: Sendable {
    /// Messages in the stream that no worker has taken. Labels: queue. Set by a collector.
    package let depth: MetricFamily<Gauge>
    /// Age of the oldest message that no worker has taken; 0 when there is none. Labels: queue. Set by a collector.
    package let oldestAge: MetricFamily<Gauge>
    /// Messages taken and not acknowledged. Labels: queue. Set by a collector.
    package let inFlight: MetricFamily<Gauge>
    /// Messages written to a stream. Labels: queue.
    package let published: MetricFamily<Counter>
    /// Attempts that failed and will be repeated. Labels: kind (of the message).
    package let retries: MetricFamily<Counter>
    /// Messages given up, by the process that did so. Labels: kind (of the message; `unknown` for one that cannot be read).
    package let deadLettered: MetricFamily<Counter>
    /// Dead letters kept in the table. Set by a collector.
    package let deadLetters: MetricFamily<Gauge>
    /// Outbox rows that are not published. Set by a collector.
    package let outboxPending: MetricFamily<Gauge>
    /// Age of the oldest outbox row that is not published; 0 when there is none. Set by a collector.
    package let outboxLag: MetricFamily<Gauge>
    /// Jobs taken over from a worker that no longer renewed its lease.
    package let leasesReclaimed: MetricFamily<Counter>
    /// Leases that this worker found lost.
    package let leasesLost: MetricFamily<Counter>
    /// Jobs that this worker may run at a time now: fewer than configured while its dependencies are overloaded.
    package let concurrency: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let queue = MetricLabel.closed("queue", ["high", "normal"])
        let kind = MetricLabel.open("kind")
        depth = registry.gauge("portolan_queue_depth", "Messages that no worker has taken.", labels: [queue])
        oldestAge = registry.gauge(
            "portolan_queue_oldest_age_seconds", unit: .seconds, "Age of the oldest message that no worker has taken.", labels: [queue])
        inFlight = registry.gauge("portolan_queue_in_flight", "Messages taken and not acknowledged.", labels: [queue])
        published = registry.counter("portolan_queue_published_total", "Messages written to a stream.", labels: [queue])
        retries = registry.counter(
            "portolan_queue_retries_total", "Failed attempts that will be repeated, by message kind.", labels: [kind], seriesLimit: 20)
        deadLettered = registry.counter(
            "portolan_queue_dead_letters_total", "Messages that this process gave up, by kind; unknown is one that it cannot read.",
            labels: [kind],
            seriesLimit: 20)
        deadLetters = registry.gauge("portolan_dead_letters", "Dead letters kept in the table.")
        outboxPending = registry.gauge("portolan_outbox_pending", "Outbox rows that are not published.")
        outboxLag = registry.gauge(
            "portolan_outbox_lag_seconds", unit: .seconds, "Age of the oldest outbox row that is not published.")
        leasesReclaimed = registry.counter(
            "portolan_leases_reclaimed_total", "Jobs taken over from a worker that stopped renewing its lease.")
        leasesLost = registry.counter("portolan_leases_lost_total", "Leases that this worker found lost.")
        concurrency = registry.gauge(
            "portolan_worker_concurrency", "Jobs that this worker may run at a time; lowered while its dependencies are overloaded.")
    }
}
