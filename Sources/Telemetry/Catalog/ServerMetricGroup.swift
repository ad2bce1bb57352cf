/// The database server and the Redis server, as they tell it themselves: set by a collector of the scheduler, zero elsewhere; the schema by one of
/// every role, because each binary has its own.
package struct ServerMetricGroup: Sendable {
    /// Connections to the database server. Labels: state (`all`, of all databases and users; `active`, which run a statement of ours).
    package let databaseConnections: MetricFamily<Gauge>
    /// The most connections that the database server takes.
    package let databaseConnectionLimit: MetricFamily<Gauge>
    /// Blocks that statements needed. Labels: origin (`cache`: the server's shared memory; `disk`: asked from the system).
    package let databaseBlocks: MetricFamily<Counter>
    /// Scans of whole tables of more than 10000 rows.
    package let sequentialScans: MetricFamily<Counter>
    /// How far the last of the standby servers is behind; 0 where there is none, or where the user may not see them.
    package let replicationLag: MetricFamily<Gauge>
    /// Size of the database on disk.
    package let databaseSize: MetricFamily<Gauge>
    /// Migrations of this binary that the database does not have as the binary has them. Labels: kind (`pending`: not applied; `altered`: 1
    /// where one was applied with another content, or the history cannot be read).
    package let schemaMismatches: MetricFamily<Gauge>
    /// Memory that Redis uses.
    package let redisMemory: MetricFamily<Gauge>
    /// Memory that Redis may use; 0 without a bound.
    package let redisMemoryLimit: MetricFamily<Gauge>
    /// Clients of Redis.
    package let redisClients: MetricFamily<Gauge>
    /// The most clients that Redis takes.
    package let redisClientLimit: MetricFamily<Gauge>
    /// Clients of Redis that wait in a blocking command: one of each worker, and whoever else does.
    package let redisBlockedClients: MetricFamily<Gauge>
    /// Connections that Redis refused or closed. Labels: reason (`clients`: it had as many as it takes; `buffer`: a client did not read or send
    /// as it should).
    package let redisRefusals: MetricFamily<Counter>
    /// Keys that Redis threw away for want of memory.
    package let redisEvictions: MetricFamily<Counter>

    init(_ registry: MetricRegistry) {
        databaseConnections = registry.gauge(
            "portolan_postgres_server_connections", "Connections to the database server: all, and ours that run a statement.",
            labels: [.closed("state", ["all", "active"])])
        databaseConnectionLimit = registry.gauge(
            "portolan_postgres_server_connection_limit", "The most connections that the database server takes.")
        databaseBlocks = registry.counter(
            "portolan_postgres_server_blocks_total", "Blocks that statements needed, by where the database server found them.",
            labels: [.closed("origin", ["cache", "disk"])])
        sequentialScans = registry.counter(
            "portolan_postgres_server_sequential_scans_total", "Scans of whole tables of more than 10000 rows.")
        replicationLag = registry.gauge(
            "portolan_postgres_server_replication_lag_seconds", unit: .seconds, "How far the last of the standby servers is behind.")
        databaseSize = registry.gauge("portolan_postgres_server_size_bytes", unit: .bytes, "Size of the database on disk.")
        schemaMismatches = registry.gauge(
            "portolan_schema_mismatches", "Migrations of this binary that are not applied, or were applied with another content.",
            labels: [.closed("kind", ["pending", "altered"])])
        redisMemory = registry.gauge("portolan_redis_server_memory_bytes", unit: .bytes, "Memory that Redis uses.")
        redisMemoryLimit = registry.gauge(
            "portolan_redis_server_memory_limit_bytes", unit: .bytes, "Memory that Redis may use; 0 without a bound.")
        redisClients = registry.gauge("portolan_redis_server_clients", "Clients of Redis.")
        redisClientLimit = registry.gauge("portolan_redis_server_client_limit", "The most clients that Redis takes.")
        redisBlockedClients = registry.gauge(
            "portolan_redis_server_blocked_clients", "Clients of Redis that wait in a blocking command.")
        redisRefusals = registry.counter(
            "portolan_redis_server_refusals_total", "Connections that Redis refused for their number, or closed for a full buffer.",
            labels: [.closed("reason", ["clients", "buffer"])])
        redisEvictions = registry.counter(
            "portolan_redis_server_evictions_total", "Keys that Redis threw away for want of memory.")
    }
}
