/// Connections to Postgres: the pool of leased ones and the pipelined lane. Set by a collector from the driver's snapshots.
package struct PostgresMetricGroup: Sendable {
    /// Leased connections. Labels: state (`idle`, `leased`).
    package let connections: MetricFamily<Gauge>
    /// The most connections that the pool opens.
    package let connectionLimit: MetricFamily<Gauge>
    /// Tasks that wait for a connection.
    package let waiters: MetricFamily<Gauge>
    /// Time that tasks waited for a connection; only ended waits count.
    package let waited: MetricFamily<Counter>
    /// Leases granted.
    package let leases: MetricFamily<Counter>
    /// Statements on the pipelined lane without a reply.
    package let laneInFlight: MetricFamily<Gauge>
    /// Statements executed. Labels: outcome (`ok`, `error`, `cancelled`).
    package let statements: MetricFamily<Counter>
    /// Time of statements on the side of the client, waiting for a connection not included.
    package let statementDuration: MetricFamily<Histogram>
    /// Attempts to connect that failed.
    package let connectFailures: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        connections = registry.gauge(
            "portolan_postgres_connections", "Leased Postgres connections by state.", labels: [.closed("state", ["idle", "leased"])])
        connectionLimit = registry.gauge("portolan_postgres_connection_limit", "The most connections that the pool opens.")
        waiters = registry.gauge("portolan_postgres_pool_waiters", "Tasks that wait for a Postgres connection.")
        waited = registry.counter(
            "portolan_postgres_pool_wait_seconds_total", unit: .seconds, "Time that tasks waited for a Postgres connection.")
        leases = registry.counter("portolan_postgres_leases_total", "Leases of Postgres connections granted.")
        laneInFlight = registry.gauge("portolan_postgres_lane_in_flight", "Statements on the pipelined lane without a reply.")
        statements = registry.counter(
            "portolan_postgres_statements_total", "Statements by outcome.", labels: [.closed("outcome", ["ok", "error", "cancelled"])])
        statementDuration = registry.histogram(
            "portolan_postgres_statement_duration_seconds", unit: .seconds, "Time of statements, seen from the client.",
            buckets: Buckets.request)
        connectFailures = registry.counter(
            "portolan_postgres_connect_failures_total", "Attempts to connect to Postgres that failed.")
    }
}
