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
        let pace = CollectorPace(pause)
        backends.metrics.registry.addCollector {
            guard pace.isDue() else { return }
            if let now = try? await PostgresServerFigures.read(postgres, deadline: .after(patience)) { show(now, servers) }
            if let now = try? await redis.serverFigures(deadline: .after(patience)) { show(now, servers) }
        }
    }

    private static func show(_ now: PostgresServerFigures, _ servers: ServerMetricGroup) {
        servers.databaseConnections.set(now.connections, "all")
        servers.databaseConnections.set(now.active, "active")
        servers.databaseConnectionLimit.set(now.connectionLimit)
        servers.databaseBlocks.advance(to: now.blocksFromCache, "cache")
        servers.databaseBlocks.advance(to: now.blocksFromDisk, "disk")
        servers.sequentialScans.advance(to: now.sequentialScans)
        servers.databaseSize.set(now.sizeBytes)
        servers.replicationLag.set(now.replicationLagSeconds)
    }

    private static func show(_ now: RedisServerFigures, _ servers: ServerMetricGroup) {
        servers.redisMemory.set(now.memoryBytes)
        servers.redisMemoryLimit.set(now.memoryLimitBytes)
        servers.redisClients.set(now.clients)
        servers.redisClientLimit.set(now.clientLimit)
        servers.redisEvictions.advance(to: now.evictions)
        servers.redisBlockedClients.set(now.blockedClients)
        servers.redisRefusals.advance(to: now.refusedClients, "clients")
        servers.redisRefusals.advance(to: now.overflowedClients, "buffer")
    }
}
