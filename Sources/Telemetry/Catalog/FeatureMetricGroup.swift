/// Features that operators switch. Label `feature` is the name.
package struct FeatureMetricGroup: Sendable {
    /// The share of callers for whom a feature is on, 0 to 1. Labels: feature.
    package let share: MetricFamily<Gauge>
    /// Decisions. Labels: feature, result (`on`, `off`).
    package let decisions: MetricFamily<Counter>
    /// Times that the file was read again. Labels: outcome (`ok`, `refused`).
    package let reloads: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        let feature = MetricLabel.open("feature")
        share = registry.gauge(
            "portolan_feature_enabled_ratio", "The share of callers for whom a feature is on.", labels: [feature], seriesLimit: 50)
        decisions = registry.counter(
            "portolan_feature_decisions_total", "Decisions about features.", labels: [feature, .closed("result", ["on", "off"])],
            seriesLimit: 100)
        reloads = registry.counter(
            "portolan_feature_reloads_total", "Times that the file of features was read again, or refused for a mistake.",
            labels: [.closed("outcome", ["ok", "refused"])])
    }
}
