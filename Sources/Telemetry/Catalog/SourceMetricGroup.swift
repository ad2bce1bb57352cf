/// Keeping sources up to date: looks, webhooks, states.
package struct SourceMetricGroup: Sendable {
    /// Looks at sources. Labels: kind, outcome (`unchanged`, `queued`, `failed`).
    package let looks: MetricFamily<Counter>
    /// Sources by state. Labels: state. Set by a collector.
    package let sources: MetricFamily<Gauge>
    /// Webhooks that came in. Labels: kind, outcome (`accepted`, `ignored`, `replayed`, `refused`, `handshake`).
    package let webhooks: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        let kind = MetricLabel.open("kind")
        looks = registry.counter(
            "portolan_source_looks_total", "Looks at sources for changes.",
            labels: [kind, .closed("outcome", ["unchanged", "queued", "failed"])], seriesLimit: 60)
        sources = registry.gauge(
            "portolan_sources", "Sources by state.", labels: [.closed("state", ["idle", "running", "paused", "degraded", "error"])])
        webhooks = registry.counter(
            "portolan_webhooks_total", "Webhooks that came in.",
            labels: [kind, .closed("outcome", ["accepted", "ignored", "replayed", "refused", "handshake"])], seriesLimit: 60)
    }
}
