/// Connections to Redis. Set by a collector from the client's snapshot.
package struct RedisMetricGroup: Sendable {
    /// 1 while the shared connection is open, else 0.
    package let connected: MetricFamily<Gauge>
    /// Connections: the shared one, those for blocking commands, subscriptions.
    package let connections: MetricFamily<Gauge>
    /// Commands without a reply, sent or not.
    package let pending: MetricFamily<Gauge>
    /// Commands sent and without a reply.
    package let inFlight: MetricFamily<Gauge>
    /// Commands accepted.
    package let commands: MetricFamily<Counter>
    /// Commands that passed their deadline.
    package let timeouts: MetricFamily<Counter>
    /// Commands that failed with their connection or were refused by a bound.
    package let failures: MetricFamily<Counter>
    /// Connections opened after a first one was lost.
    package let reconnects: MetricFamily<Counter>
    /// Messages of subscriptions thrown away because nobody read them fast enough.
    package let droppedMessages: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        connected = registry.gauge("portolan_redis_connected", "1 while the shared Redis connection is open.")
        connections = registry.gauge("portolan_redis_connections", "Redis connections.")
        pending = registry.gauge("portolan_redis_pending", "Redis commands without a reply, sent or not.")
        inFlight = registry.gauge("portolan_redis_in_flight", "Redis commands sent and without a reply.")
        commands = registry.counter("portolan_redis_commands_total", "Redis commands accepted.")
        timeouts = registry.counter("portolan_redis_timeouts_total", "Redis commands that passed their deadline.")
        failures = registry.counter(
            "portolan_redis_failures_total", "Redis commands that failed with their connection or were refused by a bound.")
        reconnects = registry.counter("portolan_redis_reconnects_total", "Redis connections opened after a first one was lost.")
        droppedMessages = registry.counter(
            "portolan_redis_dropped_messages_total", "Messages of subscriptions that nobody read fast enough.")
    }
}
