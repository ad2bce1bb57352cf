/// What the nightly reconciliation found.
package struct CatalogMetricGroup: Sendable {
    /// Missing and left over to all that there should be, 0 to 1.
    package let drift: MetricFamily<Gauge>
    /// What is missing. Labels: kind (`sections`, `chunks`, `vectors`, `files`).
    package let missing: MetricFamily<Gauge>
    /// What is left over. Labels: kind.
    package let orphans: MetricFamily<Gauge>
    /// Removed, corrected, or asked for again.
    package let repairs: MetricFamily<Counter>
    /// When the last round of this process ended.
    package let reconciledAt: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let kind = MetricLabel.closed("kind", ["sections", "chunks", "vectors", "files"])
        drift = registry.gauge("portolan_reconciliation_drift_ratio", "Missing and left over to all that there should be.")
        missing = registry.gauge("portolan_reconciliation_missing", "What the index or the catalog lacks.", labels: [kind])
        orphans = registry.gauge("portolan_reconciliation_orphans", "What is left over in the index or the catalog.", labels: [kind])
        repairs = registry.counter("portolan_reconciliation_repairs_total", "What was removed, corrected or asked for again.")
        reconciledAt = registry.gauge(
            "portolan_reconciliation_last_timestamp_seconds", unit: .seconds, "When the last reconciliation of this process ended.")
    }
}
