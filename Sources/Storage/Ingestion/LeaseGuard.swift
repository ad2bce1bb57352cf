import Domain
import Postgres

/// The check that stands before every write of a worker.
enum LeaseGuard {
    /// Locks the job's row and checks fence, state and stop request, so that neither changes before the transaction ends.
    ///
    /// - Returns: the job's status.
    /// - Throws: ``LeaseLoss``.
    @discardableResult
    static func check(_ lease: JobLease, _ connection: PostgresConnection) async throws -> JobStatus {
        let rows = try await connection.query(
            """
            select status, stop_requested, fence = \(lease.fence) and lease_holder = \(lease.holder) as held
            from portolan.job where id = \(lease.job.uuid) for no key update
            """)
        guard let row = rows.first else { throw LeaseLoss.fenced }
        guard let status = JobStatus(rawValue: try row.decode("status", as: String.self)) else { throw LeaseLoss.fenced }
        if status.isFinal { throw LeaseLoss.finished(status) }
        guard try row.decode("held", as: Bool?.self) == true else { throw LeaseLoss.fenced }
        if try row.decode("stop_requested", as: Bool.self) { throw LeaseLoss.stopRequested }
        return status
    }
}
