package import Domain
import FoundationEssentials
package import Policy
package import Postgres

/// What the pipeline reads and writes, in Postgres.
package struct PostgresIngestionStore: IngestionStore {
    let client: PostgresClient
    private let gates: GateRegistry

    /// - Parameter gates: decide on what is published.
    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) {
        self.client = client
        self.gates = gates
    }

    /// How long a transaction may take without lengthening its lease.
    private static let briefly: Duration = .milliseconds(50)

    /// Runs `body` in a transaction that holds only while `lease` does.
    ///
    /// The lease cannot be renewed while the transaction holds the job's row, so the time of a longer one does not count.
    /// - Parameter publishingFrom: given when `body` publishes: the state that says that the step before has succeeded.
    func guarded<Result: Sendable>(
        _ lease: JobLease, publishingFrom: JobStatus? = nil, _ body: @Sendable (PostgresConnection, JobStatus) async throws -> Result
    ) async throws -> Result {
        try await withFaults {
            try await client.withTransaction { connection in
                let status = try await LeaseGuard.check(lease, connection)
                let began = ContinuousClock.now
                let result = try await body(connection, status)
                if began.duration(to: .now) > Self.briefly {
                    _ = try await connection.query(
                        """
                        update portolan.job set lease_expires_at = lease_expires_at + (clock_timestamp() - now())
                        where id = \(lease.job.uuid)
                        """)
                }
                if let publishingFrom { try CommitGates.admitPublication(gates, in: status, from: publishingFrom) }
                return result
            }
        }
    }

    package func job(_ lease: JobLease) async throws -> Job {
        try await withFaults {
            let rows = try await client.query("select \(JobRow.columns) from \(JobRow.tables) where j.id = \(lease.job.uuid)")
            guard let row = rows.first else { throw LeaseLoss.fenced }
            return try JobRow.job(row)
        }
    }

    package func advance(_ lease: JobLease, to status: JobStatus) async throws {
        try await guarded(lease) { connection, current in
            guard current != status else { return }
            guard current.mayBecome(status) else {
                throw Fault(.internal, code: "E_JOB_STATE", "A job in state \(current.rawValue) cannot become \(status.rawValue).")
            }
            _ = try await connection.query(
                """
                update portolan.job set status = \(status.rawValue), progress_percent = \(Int32(status.percentOnEntry ?? 0)),
                  started_at = coalesce(started_at, now()), progressed_at = now()
                where id = \(lease.job.uuid)
                """)
        }
    }

    package func report(_ lease: JobLease, percent: Int, counts: JobCounts, stageSeconds: [String: Double]) async throws {
        let update = try Self.progress(lease, percent: percent, counts: counts, stageSeconds: stageSeconds)
        try await guarded(lease) { connection, _ in _ = try await connection.query(update) }
    }

    static func progress(
        _ lease: JobLease, percent: Int, counts: JobCounts, stageSeconds: [String: Double], status: JobStatus? = nil
    ) throws -> SQL {
        """
        update portolan.job set progress_percent = greatest(progress_percent, \(Int32(percent))),
          pages_processed = greatest(pages_processed, \(Int32(counts.pagesProcessed))),
          pages_by_outcome = \(try JSONColumn.encode(counts.pagesByOutcome))::jsonb,
          sections_changed = \(Int32(counts.sectionsChanged)), sections_unchanged = \(Int32(counts.sectionsUnchanged)),
          sections_deleted = \(Int32(counts.sectionsDeleted)), pages_held_back = \(Int32(counts.pagesHeldBack)),
          chunks_embedded = greatest(chunks_embedded, \(Int32(counts.chunksEmbedded))),
          chunks_reused = \(Int32(counts.chunksReused)), stage_seconds = \(try JSONColumn.encode(stageSeconds))::jsonb,
          status = coalesce(\(status?.rawValue), status), progressed_at = now(),
          finished_at = case when \(status?.isFinal ?? false) then now() else finished_at end
        where id = \(lease.job.uuid)
        """
    }
}
