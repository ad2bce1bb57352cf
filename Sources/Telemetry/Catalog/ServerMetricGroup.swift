/// The database server and the Redis server, as they tell it themselves: set by a collector of the scheduler, zero elsewhere.
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
    /// Memory that Redis uses.
    package let redisMemory: MetricFamily<Gauge>
    /// Memory that Redis may use; 0 without a bound.
    package let redisMemoryLimit: MetricFamily<Gauge>
    /// Clients of Redis.
    package let redisClients: MetricFamily<Gauge>
    /// The most clients that Redis takes.
    package let redisClientLimit: MetricFamily<Gauge>
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
        redisMemory = registry.gauge("portolan_redis_server_memory_bytes", unit: .bytes, "Memory that Redis uses.")
        redisMemoryLimit = registry.gauge(
            "portolan_redis_server_memory_limit_bytes", unit: .bytes, "Memory that Redis may use; 0 without a bound.")
        redisClients = registry.gauge("portolan_redis_server_clients", "Clients of Redis.")
        redisClientLimit = registry.gauge("portolan_redis_server_client_limit", "The most clients that Redis takes.")
        redisEvictions = registry.counter(
            "portolan_redis_server_evictions_total", "Keys that Redis threw away for want of memory.")
    }
}
