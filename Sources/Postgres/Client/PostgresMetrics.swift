package import ResourcePool

/// Counts of a client at one moment. Totals count from the client's making.
package struct PostgresMetrics: Sendable, Hashable {
    /// The leased connections.
    package let pool: PoolSnapshot
    /// Pipelined connections that are connected.
    package let connectedLanes: Int
    /// Statements that wait or are under way on pipelined connections.
    package let laneStatements: Int
    /// Statements that were given to the client.
    package let statementsTotal: UInt64
    /// Statements that failed, for whatever reason.
    package let failuresTotal: UInt64
    /// How long statements on pipelined connections took, the wait for their turn included; those that were never sent are left out.
    package let laneLatency: LatencyCounts
    /// Connections that were attempted.
    package let connectionAttemptsTotal: UInt64
    /// Attempts that failed.
    package let connectionFailuresTotal: UInt64
}
