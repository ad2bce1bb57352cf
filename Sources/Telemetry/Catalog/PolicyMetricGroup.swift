/// Gates and limits.
package struct PolicyMetricGroup: Sendable {
    /// Decisions of the gates. Labels: gate, outcome (`pass`, `reject`).
    package let gateInvocations: MetricFamily<Counter>
    /// Rejections. Labels: gate, error_code.
    package let gateErrors: MetricFamily<Counter>
    /// Time that decisions took. Labels: gate.
    package let gateDuration: MetricFamily<Histogram>
    /// Decisions made from the local bucket because Redis was away.
    package let rateLimitFallbacks: MetricFamily<Counter>

    /// Requests of callers who are not who they say, or say nothing. Labels: reason (`missing`, `invalid`, `malformed`).
    package let authenticationFailures: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        let gate = MetricLabel.closed(
            "gate",
            [
                "config_gate", "url_gate", "filesystem_gate", "extraction_gate", "storage_gate", "db_gate", "db_boundary_gate",
                "query_gate",
            ])
        gateInvocations = registry.counter(
            "portolan_gate_invocations_total", "Decisions of the gates by outcome.",
            labels: [gate, .closed("outcome", ["pass", "reject"])])
        gateErrors = registry.counter(
            "portolan_gate_errors_total", "Rejections by the gates.", labels: [gate, .open("error_code")], seriesLimit: 200)
        gateDuration = registry.histogram(
            "portolan_gate_duration_seconds", unit: .seconds, "Time that decisions of the gates took.",
            labels: [gate], buckets: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05])
        rateLimitFallbacks = registry.counter(
            "portolan_rate_limit_fallbacks_total", "Rate limit decisions made locally because Redis was away.")
        authenticationFailures = registry.counter(
            "portolan_authentication_failures_total", "Requests refused for their bearer token: it was missing, wrong, or out of place.",
            labels: [.closed("reason", ["missing", "invalid", "malformed"])])
    }
}
