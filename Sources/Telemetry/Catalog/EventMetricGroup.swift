/// Events that the process records.
package struct EventMetricGroup: Sendable {
    /// Events by what became of them. Labels: outcome (`written`, `lost`).
    package let recorded: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        recorded = registry.counter(
            "portolan_events_total",
            "Events that were written to the database, and that were lost because there was no room or no database.",
            labels: [.closed("outcome", ["written", "lost"])])
    }
}
