/// Health of the process's components, what is done about it, and memory.
package struct HealthMetricGroup: Sendable {
    /// 2 healthy, 1 degraded, 0 unhealthy; no series before the first check. Labels: component.
    package let status: MetricFamily<Gauge>
    /// Changes of status. Labels: component, to.
    package let changes: MetricFamily<Counter>
    /// Recovery actions that were run. Labels: component, action.
    package let actions: MetricFamily<Counter>
    /// Callbacks about changes. Labels: outcome (`sent`, `duplicate`, `given_up`, `dropped`).
    package let callbacks: MetricFamily<Counter>
    /// How much memory is left: 1 normal, 2 constrained, 3 critical, 4 failover.
    package let tier: MetricFamily<Gauge>
    /// Used memory to what the process may use.
    package let memoryUsage: MetricFamily<Gauge>
    /// 1 while the worker begins no further jobs.
    package let intakePaused: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let component = MetricLabel.open("component")
        status = registry.gauge(
            "portolan_component_health", "Health of a component: 2 healthy, 1 degraded, 0 unhealthy.", labels: [component], seriesLimit: 20)
        changes = registry.counter(
            "portolan_component_changes_total", "Changes of the health of a component.",
            labels: [component, .closed("to", ["healthy", "degraded", "unhealthy"])], seriesLimit: 60)
        actions = registry.counter(
            "portolan_recovery_actions_total", "Recovery actions that were run.",
            labels: [component, .closed("action", ["reconnect_pool", "clear_cache", "reload_config", "pause_intake", "manual"])],
            seriesLimit: 60)
        callbacks = registry.counter(
            "portolan_alert_callbacks_total", "Signed callbacks about changes of health, by what became of them.",
            labels: [.closed("outcome", ["sent", "duplicate", "given_up", "dropped"])])
        tier = registry.gauge("portolan_memory_tier", "How much memory is left: 1 normal, 2 constrained, 3 critical, 4 failover.")
        memoryUsage = registry.gauge("portolan_memory_usage_ratio", "Used memory to what the process may use.")
        intakePaused = registry.gauge("portolan_intake_paused", "1 while the worker begins no further jobs.")
        tier.set(1)
    }
}
