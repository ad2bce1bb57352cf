/// Counts of a pool at one moment, for metrics.
package struct PoolSnapshot: Sendable, Hashable {
    /// Resources that exist or are being made.
    package let size: Int
    /// Resources that nobody uses.
    package let idle: Int
    /// Resources in use, those being made included.
    package let leased: Int
    /// Callers that wait.
    package let waiters: Int
    /// Time that callers have spent waiting since the pool was made, in seconds; only ended waits count.
    package let totalWaitSeconds: Double
    /// Leases granted since the pool was made.
    package let acquired: UInt64
}
