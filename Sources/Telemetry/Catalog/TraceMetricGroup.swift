/// Traces, and work that took long.
package struct TraceMetricGroup: Sendable {
    /// Spans by what became of them. Labels: outcome (`exported`, `failed`, `dropped`).
    package let spans: MetricFamily<Counter>
    /// Work that took long. Labels: kind (`query`: a statement, more than 500 ms; `operation`: anything else, more than a second).
    package let slow: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        spans = registry.counter(
            "portolan_trace_spans_total", "Spans: exported to the collector, not taken by it, or dropped for want of room.",
            labels: [.closed("outcome", ["exported", "failed", "dropped"])])
        slow = registry.counter(
            "portolan_slow_work_total", "Statements that took more than 500 ms, and other work that took more than a second.",
            labels: [.closed("kind", ["query", "operation"])])
    }
}
