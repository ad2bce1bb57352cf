/// Sentence embedding. Label `purpose` is `query` or `document`.
package struct EmbedderMetricGroup: Sendable {
    /// Texts embedded. Labels: purpose.
    package let texts: MetricFamily<Counter>
    /// Time of a batch, waiting included. Labels: purpose.
    package let duration: MetricFamily<Histogram>
    /// Batches that failed. Labels: purpose.
    package let failures: MetricFamily<Counter>
    /// Batches whose vectors did not have the length of the model. Labels: purpose.
    package let wrongDimension: MetricFamily<Counter>
    /// Documentations by the model of their vectors. Labels: model (`own`: that of this process; `other`; `none`: words only). Set by a
    /// collector of the api and the worker, where they have an embedder.
    package let documentations: MetricFamily<Gauge>
    /// Texts that wait for a compute lane. Set by a collector.
    package let queueDepth: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let purpose = MetricLabel.closed("purpose", ["query", "document"])
        texts = registry.counter("portolan_embedder_texts_total", "Texts embedded.", labels: [purpose])
        duration = registry.histogram(
            "portolan_embedder_duration_seconds", unit: .seconds, "Time of embedding batches, waiting included.", labels: [purpose],
            buckets: Buckets.request)
        failures = registry.counter("portolan_embedder_failures_total", "Embedding batches that failed.", labels: [purpose])
        wrongDimension = registry.counter(
            "portolan_embedder_dimension_mismatches_total", "Embedding batches whose vectors did not have the length of the model.",
            labels: [purpose])
        documentations = registry.gauge(
            "portolan_documentations", "Documentations by whether their vectors are of the model that this process embeds with.",
            labels: [.closed("model", ["own", "other", "none"])])
        queueDepth = registry.gauge("portolan_embedder_queue_depth", "Texts that wait for embedding.")
    }
}
