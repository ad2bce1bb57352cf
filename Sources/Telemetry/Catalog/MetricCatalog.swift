/// Every metric of the product, declared once. One value per process, built by the composition root and handed to whoever measures.
///
/// The groups follow the rooms. Documentation, dashboards and alert rules are checked against `registry.descriptors`.
package final class MetricCatalog: Sendable {
    /// Where the metrics are registered, collected and rendered.
    package let registry: MetricRegistry
    /// Requests to the public port.
    package let http: HTTPMetricGroup
    /// Calls of MCP tools.
    package let mcp: MCPMetricGroup
    /// Searches, whatever the surface.
    package let search: SearchMetricGroup
    /// Ingestion jobs and what they do.
    package let ingestion: IngestionMetricGroup
    /// The job queue, its outbox and leases.
    package let queue: QueueMetricGroup
    /// Connections to Postgres.
    package let postgres: PostgresMetricGroup
    /// Connections to Redis.
    package let redis: RedisMetricGroup
    /// The servers behind these connections.
    package let servers: ServerMetricGroup
    /// Transfers from sources.
    package let fetch: FetchMetricGroup
    /// Sentence embedding.
    package let embedder: EmbedderMetricGroup
    /// Circuit breakers and what waits before them.
    package let breakers: BreakerMetricGroup
    /// Health of components, recovery, memory.
    package let health: HealthMetricGroup
    /// Traces and slow work.
    package let traces: TraceMetricGroup
    /// Features that operators switch.
    package let features: FeatureMetricGroup
    /// Sources and their webhooks.
    package let sources: SourceMetricGroup
    /// Reconciliation of index and catalog.
    package let catalog: CatalogMetricGroup
    /// Backups.
    package let backup: BackupMetricGroup
    /// Gates and limits.
    package let policy: PolicyMetricGroup
    /// Events that the process records.
    package let events: EventMetricGroup
    /// The process itself.
    package let process: ProcessMetricGroup

    /// Declares everything in `registry`, which must be new. Process figures are read from /proc at each scrape.
    package init(build: BuildInfo, registry: MetricRegistry = MetricRegistry()) {
        self.registry = registry
        http = HTTPMetricGroup(registry)
        mcp = MCPMetricGroup(registry)
        search = SearchMetricGroup(registry)
        ingestion = IngestionMetricGroup(registry)
        queue = QueueMetricGroup(registry)
        postgres = PostgresMetricGroup(registry)
        redis = RedisMetricGroup(registry)
        servers = ServerMetricGroup(registry)
        fetch = FetchMetricGroup(registry)
        embedder = EmbedderMetricGroup(registry)
        breakers = BreakerMetricGroup(registry)
        health = HealthMetricGroup(registry)
        traces = TraceMetricGroup(registry)
        features = FeatureMetricGroup(registry)
        sources = SourceMetricGroup(registry)
        catalog = CatalogMetricGroup(registry)
        backup = BackupMetricGroup(registry)
        policy = PolicyMetricGroup(registry)
        events = EventMetricGroup(registry)
        process = ProcessMetricGroup(registry, build: build)
    }
}

/// Bucket bounds that several metrics share.
enum Buckets {
    /// From a tenth of a millisecond to a second, for steps inside the process.
    static let quick = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1]
    /// From a millisecond to ten seconds, for requests.
    static let request = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// From a second to an hour, for jobs and their stages.
    static let job: [Double] = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]
    /// From a tenth of a second to a minute, for a page of an ingestion.
    static let page: [Double] = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60]
    /// From 256 bytes to 4 MiB, for bodies.
    static let body: [Double] = [256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304]
}
