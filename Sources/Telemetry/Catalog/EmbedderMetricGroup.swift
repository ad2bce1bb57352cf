/// Sentence embedding. Label `purpose` is `query` or `document`.
package struct EmbedderMetricGroup: Sendable {
    /// Texts embedded. Labels: purpose.
    package let texts: MetricFamily<Counter>
    /// Time of a batch, waiting included. Labels: purpose.
    package let duration: MetricFamily<Histogram>
    /// Batches that failed. Labels: purpose.
    package let failures: MetricFamily<Counter>
    /// Texts that wait for a compute lane. Set by a collector.
    package let queueDepth: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let purpose = MetricLabel.closed("purpose", ["query", "document"])
        texts = registry.counter("portolan_embedder_texts_total", "Texts embedded.", labels: [purpose])
        duration = registry.histogram(
            "portolan_embedder_duration_seconds", unit: .seconds, "Time of embedding batches, waiting included.", labels: [purpose],
            buckets: Buckets.request)
        failures = registry.counter("portolan_embedder_failures_total", "Embedding batches that failed.", labels: [purpose])
        queueDepth = registry.gauge("portolan_embedder_queue_depth", "Texts that wait for embedding.")
    }
}
