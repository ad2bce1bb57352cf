/// Keeping sources up to date: looks, webhooks, states.
package struct SourceMetricGroup: Sendable {
    /// Looks at sources. Labels: kind, outcome (`unchanged`, `queued`, `failed`).
    package let looks: MetricFamily<Counter>
    /// Sources by state. Labels: state. Set by a collector.
    package let sources: MetricFamily<Gauge>
    /// Webhooks that came in. Labels: kind, outcome (`accepted`, `ignored`, `replayed`, `refused`, `handshake`).
    package let webhooks: MetricFamily<Counter>

    /// Answers of the APIs of GitHub, Notion and Confluence. Labels: kind, outcome (`ok`, `not_modified`, `throttled`, `refused`, `failed`).
    package let providerRequests: MetricFamily<Counter>
    /// Notices about failed jobs. Labels: outcome (`sent`, `retried`, `given_up`).
    package let notifications: MetricFamily<Counter>

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
        providerRequests = registry.counter(
            "portolan_provider_requests_total", "Requests to the APIs of providers, by what they answered.",
            labels: [kind, .closed("outcome", ["ok", "not_modified", "throttled", "refused", "failed"])], seriesLimit: 60)
        notifications = registry.counter(
            "portolan_notifications_total", "Tries to tell the receiver of notifications about failed jobs.",
            labels: [.closed("outcome", ["sent", "retried", "given_up"])])
    }
}
