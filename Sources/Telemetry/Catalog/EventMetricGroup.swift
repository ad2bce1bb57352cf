/// Events that the process records.
package struct EventMetricGroup: Sendable {
    /// Events by what became of them. Labels: outcome (`written`, `lost`).
    package let recorded: MetricFamily<Counter>

    /// Lines of the audit by what became of their rows. Labels: outcome (`written`, `lost`).
    package let audited: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        audited = registry.counter(
            "portolan_audit_records_total",
            "Calls whose audit was written to the database, and whose row was lost for want of room; the log has them all.",
            labels: [.closed("outcome", ["written", "lost"])])
        recorded = registry.counter(
            "portolan_events_total",
            "Events that were written to the database, and that were lost because there was no room or no database.",
            labels: [.closed("outcome", ["written", "lost"])])
    }
}
