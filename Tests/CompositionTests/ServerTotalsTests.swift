import Redis
import Telemetry
import Testing

@testable import Composition
@testable import Storage

@Suite struct `Counts that servers keep` {
    @Test func `a count grows by what is new, and goes on after a restart of the server`() {
        let totals = ServerTotals()
        #expect([5, 5, 12, 3, 4].map { totals.growth(of: "a", to: $0) } == [5, 0, 7, 3, 1])
        #expect([50, 60].map { totals.growth(of: "b", to: $0, first: 0) } == [0, 10])
    }

    @Test func `what Redis threw away after its restart is counted`() {
        let (metrics, totals) = (MetricCatalog(build: BuildInfo(version: "0", role: "test")), ServerTotals())
        for evicted in [5000, 5000, 0, 40] {
            ServerCollector.show(
                RedisServerFigures(info: "evicted_keys:\(evicted)\r\nrejected_connections:\(evicted)"), metrics.servers, totals)
        }
        #expect(metrics.servers.redisEvictions.value() == 5040)
        #expect(metrics.servers.redisRefusals.value("clients") == 5040)
    }

    @Test func `what a table counted while it was small says nothing when it is large`() {
        let (metrics, totals) = (MetricCatalog(build: BuildInfo(version: "0", role: "test")), ServerTotals())
        let readings = [(1000, false), (90_000, false), (90_003, true), (90_010, true), (90_011, false), (90_012, true)]
        for (scans, isLarge) in readings {
            let figures = PostgresServerFigures(
                connections: 1, active: 0, connectionLimit: 100, blocksFromCache: scans, blocksFromDisk: 0,
                tables: ["section": .init(scans: scans, isLarge: isLarge)], sizeBytes: 1, replicationLagSeconds: 0)
            ServerCollector.show(figures, metrics.servers, totals)
        }
        #expect(metrics.servers.sequentialScans.value() == 3 + 7 + 1)
        #expect(metrics.servers.databaseBlocks.value("cache") == 90_012)
    }
}
