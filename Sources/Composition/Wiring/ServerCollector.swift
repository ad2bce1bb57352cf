import Postgres
import Primitives
import Redis
import Storage
import Telemetry

/// What the servers tell of themselves, for the scheduler: one process is enough to ask them.
enum ServerCollector {
    /// The figures change slowly, and a scrape should be quick: they are read at most that often.
    private static let pause = Duration.seconds(10)
    /// A server that does not answer holds up a scrape no longer than that.
    private static let patience = Duration.seconds(2)

    static func install(_ backends: Backends) {
        let (servers, postgres, redis) = (backends.metrics.servers, backends.postgres, backends.redis)
        let (pace, totals) = (CollectorPace(pause), ServerTotals())
        backends.metrics.registry.addCollector {
            guard pace.isDue() else { return }
            if let now = try? await PostgresServerFigures.read(postgres, deadline: .after(patience)) { show(now, servers, totals) }
            if let now = try? await redis.serverFigures(deadline: .after(patience)) { show(now, servers, totals) }
        }
    }

    static func show(_ now: PostgresServerFigures, _ servers: ServerMetricGroup, _ totals: ServerTotals) {
        servers.databaseConnections.set(now.connections, "all")
        servers.databaseConnections.set(now.active, "active")
        servers.databaseConnectionLimit.set(now.connectionLimit)
        servers.databaseBlocks.increment("cache", by: totals.growth(of: "cache", to: now.blocksFromCache))
        servers.databaseBlocks.increment("disk", by: totals.growth(of: "disk", to: now.blocksFromDisk))
        // Each table is followed, also while it is small: what it counted then says nothing on the day on which it is large.
        for (name, table) in now.tables {
            let growth = totals.growth(of: "scans of \(name)", to: table.scans, first: 0)
            if table.isLarge { servers.sequentialScans.increment(by: growth) }
        }
        servers.databaseSize.set(now.sizeBytes)
        servers.replicationLag.set(now.replicationLagSeconds)
    }

    static func show(_ now: RedisServerFigures, _ servers: ServerMetricGroup, _ totals: ServerTotals) {
        servers.redisMemory.set(now.memoryBytes)
        servers.redisMemoryLimit.set(now.memoryLimitBytes)
        servers.redisClients.set(now.clients)
        servers.redisClientLimit.set(now.clientLimit)
        servers.redisEvictions.increment(by: totals.growth(of: "evictions", to: now.evictions))
        servers.redisBlockedClients.set(now.blockedClients)
        servers.redisRefusals.increment("clients", by: totals.growth(of: "refused", to: now.refusedClients))
        servers.redisRefusals.increment("buffer", by: totals.growth(of: "overflowed", to: now.overflowedClients))
    }
}
