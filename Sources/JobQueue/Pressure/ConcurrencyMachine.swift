/// Decides how many jobs at a time a worker may run, from how its dependencies do: values in, number out.
///
/// A reading above a bound halves the number. It grows by one after several readings in a row that are well below every bound; readings in
/// between change nothing, so that it does not swing around a bound.
package struct ConcurrencyMachine: Sendable {
    /// Above which something counts as overloaded.
    package struct Bounds: Sendable, Hashable {
        /// The mean wait for a connection of the pool.
        package var poolWait: Duration = .milliseconds(100)
        /// The 95th percentile of short statements.
        package var databaseLatency: Duration = .milliseconds(200)
        /// The share of the processors' time that other processes use, from 0 to 1.
        package var processorLoad = 0.8
        /// The part of each bound below which a reading counts as calm, from 0 to 1.
        package var relief = 0.75
        /// Calm readings in a row before one more job may run, at least 1.
        package var calmReadings = 3

        package init() {}
    }

    /// What was overloaded.
    package enum Pressure: String, Sendable, Hashable, CaseIterable {
        case pool, database, processor
    }

    /// The most that is ever allowed.
    package let limit: Int
    /// Jobs that may run at a time, from 1 to ``limit``.
    package private(set) var allowed: Int
    private let bounds: Bounds
    private var calm = 0

    /// Starts with everything allowed.
    /// - Parameter limit: at least 1.
    package init(limit: Int, bounds: Bounds = Bounds()) {
        self.limit = max(1, limit)
        self.bounds = bounds
        allowed = self.limit
    }

    /// Takes a reading into account.
    /// - Returns: what was overloaded; empty when nothing was.
    package mutating func observe(_ reading: PressureReading) -> Set<Pressure> {
        let loads = [
            (Pressure.pool, reading.poolWait / bounds.poolWait),
            (.database, reading.databaseLatency.map { $0 / bounds.databaseLatency } ?? 0),
            (.processor, reading.processorLoad.map { $0 / bounds.processorLoad } ?? 0),
        ]
        let pressures = Set(loads.filter { $0.1 > 1 }.map(\.0))
        if !pressures.isEmpty {
            calm = 0
            allowed = max(1, allowed / 2)
        } else if loads.allSatisfy({ $0.1 <= bounds.relief }) {
            calm += 1
            if calm >= max(1, bounds.calmReadings) {
                calm = 0
                allowed = min(limit, allowed + 1)
            }
        } else {
            calm = 0
        }
        return pressures
    }
}

/// How the dependencies of a worker did during an interval.
package struct PressureReading: Sendable, Hashable {
    /// The mean wait for a connection of the pool.
    package var poolWait: Duration
    /// The 95th percentile of short statements; nil when too few ran to tell.
    package var databaseLatency: Duration?
    /// The share of the processors' time that other processes used, from 0 to 1; nil where it cannot be read.
    package var processorLoad: Double?

    package init(poolWait: Duration = .zero, databaseLatency: Duration? = nil, processorLoad: Double? = nil) {
        (self.poolWait, self.databaseLatency, self.processorLoad) = (poolWait, databaseLatency, processorLoad)
    }
}
