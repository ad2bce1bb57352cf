/// Gates and limits.
package struct PolicyMetricGroup: Sendable {
    /// Gate calls. Labels: gate, outcome (`pass`, `reject`), code (`none` when passed).
    package let gateInvocations: MetricFamily<Counter>
    /// Decisions made from the local bucket because Redis was away.
    package let rateLimitFallbacks: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        let gate = MetricLabel.closed(
            "gate",
            [
                "config_gate", "url_gate", "filesystem_gate", "extraction_gate", "storage_gate", "db_gate", "db_boundary_gate",
                "query_gate",
            ])
        gateInvocations = registry.counter(
            "portolan_gate_invocations_total", "Gate calls by outcome and rejection code.",
            labels: [gate, .closed("outcome", ["pass", "reject"]), .open("code")], seriesLimit: 200)
        rateLimitFallbacks = registry.counter(
            "portolan_rate_limit_fallbacks_total", "Rate limit decisions made locally because Redis was away.")
    }
}
