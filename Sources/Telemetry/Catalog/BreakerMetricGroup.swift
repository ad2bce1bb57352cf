/// Circuit breakers. Label `breaker` is the kind of the dependency, such as `github` or `embedder`.
package struct BreakerMetricGroup: Sendable {
    /// 0 closed, 1 half open, 2 open; the worst where a kind has several. Labels: breaker. Set by a collector.
    package let state: MetricFamily<Gauge>
    /// Calls of this process. Labels: breaker, outcome (`success`, `failure`, `neutral`, `blocked`). Set by a collector.
    package let calls: MetricFamily<Counter>
    /// Changes of state that this process caused: each change of a shared breaker counts in one process. Labels: breaker, to.
    package let transitions: MetricFamily<Counter>
    /// Decisions that this process made alone because Redis could not be asked. Labels: breaker.
    package let fallbacks: MetricFamily<Counter>
    /// Calls that run now. Labels: breaker. Set by a collector.
    package let running: MetricFamily<Gauge>
    /// Calls that wait for their turn. Labels: breaker. Set by a collector.
    package let waiting: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let breaker = MetricLabel.open("breaker")
        state = registry.gauge(
            "portolan_breaker_state", "Circuit breakers: 0 closed, 1 half open, 2 open.", labels: [breaker], seriesLimit: 20)
        calls = registry.counter(
            "portolan_breaker_calls_total", "Calls through circuit breakers by outcome; blocked ones were not made.",
            labels: [breaker, .closed("outcome", ["success", "failure", "neutral", "blocked"])], seriesLimit: 80)
        transitions = registry.counter(
            "portolan_breaker_transitions_total", "Changes of state of circuit breakers that this process caused.",
            labels: [breaker, .closed("to", ["closed", "open", "half_open"])], seriesLimit: 60)
        fallbacks = registry.counter(
            "portolan_breaker_fallbacks_total", "Decisions of circuit breakers made in this process alone because Redis was away.",
            labels: [breaker], seriesLimit: 20)
        running = registry.gauge("portolan_dependency_in_flight", "Calls to a dependency that run now.", labels: [breaker], seriesLimit: 20)
        waiting = registry.gauge(
            "portolan_dependency_waiting", "Calls to a dependency that wait for their turn.", labels: [breaker], seriesLimit: 20)
    }
}
