package import Postgres
import ResourcePool

/// Makes readings of the counters that the database client and the kernel keep.
package struct PressureGauge: Sendable {
    private let database: @Sendable () -> PostgresMetrics
    private let processors: @Sendable () -> ProcessorTimes?
    private var last: (database: PostgresMetrics, processors: ProcessorTimes?)
    /// Fewer statements than that say nothing about a percentile.
    private static let fewestStatements: UInt64 = 5

    /// Begins to count.
    package init(
        database: @escaping @Sendable () -> PostgresMetrics, processors: @escaping @Sendable () -> ProcessorTimes? = ProcessorTimes.current
    ) {
        (self.database, self.processors) = (database, processors)
        last = (database(), processors())
    }

    /// How the dependencies did since the last reading.
    /// - Parameter interval: the time since then; it counts as waited by those who wait for a connection when nobody got one.
    package mutating func read(after interval: Duration) -> PressureReading {
        let (before, now) = (last, (database: database(), processors: processors()))
        last = now
        var reading = PressureReading()
        let granted = now.database.pool.acquired - min(now.database.pool.acquired, before.database.pool.acquired)
        if granted > 0 {
            let waited = now.database.pool.totalWaitSeconds - before.database.pool.totalWaitSeconds
            reading.poolWait = .seconds(max(0, waited) / Double(granted))
        } else if now.database.pool.waiters > 0 {
            reading.poolWait = interval
        }
        let statements = now.database.laneLatency.since(before.database.laneLatency)
        if statements.total >= Self.fewestStatements { reading.databaseLatency = statements.bound(ofShare: 0.95) }
        if let times = now.processors, let earlier = before.processors { reading.processorLoad = times.load(since: earlier) }
        return reading
    }
}
