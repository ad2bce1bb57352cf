package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Facts for backups from the database, and how they went into its table `backup_state`, from which the scheduler makes the metrics.
package struct PostgresBackupLedger: BackupLedger {
    private let client: PostgresClient
    private static let longestCount = Duration.seconds(3600)

    package init(_ client: PostgresClient) { self.client = client }

    package func facts() async throws -> DatabaseFacts {
        try await withFaults {
            let row = try await client.query(
                """
                select system_identifier::text as cluster, current_database() as database, current_setting('server_version') as version,
                  pg_size_bytes(current_setting('wal_segment_size')) as segment
                from pg_control_system()
                """
            ).single()
            let migrations = try await client.query("select name from portolan.schema_migration order by applied_at, name")
            return DatabaseFacts(
                cluster: try row.decode("cluster", as: String.self), database: try row.decode("database", as: String.self),
                serverVersion: try row.decode("version", as: String.self), migrations: try migrations.decodeColumn(as: String.self),
                segmentBytes: UInt64(try row.decode("segment", as: Int64.self)))
        }
    }

    package func rowCounts() async throws -> [String: Int] {
        try await withFaults {
            // On a connection of its own: on a shared one the server ends every statement after some seconds.
            try await client.withTransaction(isolation: .repeatableRead, isReadOnly: true, deadline: .after(Self.longestCount)) {
                connection in
                let tables = try await connection.query(
                    """
                    select relname::text as name, quote_ident(relname) as quoted from pg_class
                    where relnamespace = 'portolan'::regnamespace and relkind in ('r', 'p') and not relispartition
                    """)
                var counts: [String: Int] = [:]
                for (name, quoted) in try tables.decode(as: (String.self, String.self)) {
                    // The name is the database's own, quoted by it.
                    let statement = SQL(script: "select count(*) as n from portolan.\(quoted)")
                    counts[name] = Int(try await connection.query(statement).single().decode("n", as: Int64.self))
                }
                return counts
            }
        }
    }

    package func positions(slot: String) async throws -> (flushed: LogPosition, timeline: UInt32, received: LogPosition?) {
        try await withFaults {
            let row = try await client.query(
                """
                select pg_current_wal_flush_lsn()::text as flushed, left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) as timeline,
                  (select r.write_lsn::text from pg_stat_replication r join pg_replication_slots s on s.active_pid = r.pid
                    where s.slot_name = \(slot)) as received
                """
            ).single()
            guard let flushed = LogPosition(try row.decode("flushed", as: String.self)),
                let timeline = UInt32(try row.decode("timeline", as: String.self), radix: 16)
            else {
                throw Fault(.internal, code: "E_BACKUP_LOG", "The database tells no place in its log.")
            }
            return (flushed, timeline, try row.decode("received", as: String?.self).flatMap { LogPosition($0) })
        }
    }

    package func record(_ outcome: BackupOutcome) async throws {
        let (kind, moment) = (outcome.kind.rawValue, outcome.moment.timeIntervalSince1970)
        _ = try await withFaults {
            if let error = outcome.error {
                try await client.query(
                    """
                    insert into portolan.backup_state as s (kind, failed_at, failures, error)
                    values (\(kind), to_timestamp(\(moment)), 1, \(String(error.prefix(1000))))
                    on conflict (kind) do update set failed_at = excluded.failed_at, failures = s.failures + 1, error = excluded.error
                    """)
            } else {
                try await client.query(
                    """
                    insert into portolan.backup_state as s (kind, succeeded_at, bytes, position)
                    values (\(kind), to_timestamp(\(moment)), \(outcome.bytes), \(outcome.position?.description)::text::pg_lsn)
                    on conflict (kind) do update set succeeded_at = excluded.succeeded_at, failures = 0, error = null,
                      bytes = case when excluded.bytes > 0 then excluded.bytes else s.bytes end, position = excluded.position
                    """)
            }
        }
    }

    /// What was noted, by kind; empty when backups were never taken.
    package func states() async throws -> [BackupState] {
        try await withFaults {
            try await client.query(
                """
                select kind, extract(epoch from succeeded_at)::float8 as succeeded, failures, bytes, error from portolan.backup_state
                order by kind
                """
            ).map { row in
                BackupState(
                    kind: try row.decode("kind", as: String.self), succeeded: try row.decode("succeeded", as: Double?.self),
                    failures: Int(try row.decode("failures", as: Int32.self)), bytes: try row.decode("bytes", as: Int64.self),
                    error: try row.decode("error", as: String?.self))
            }
        }
    }
}

/// How the last backups of a kind went.
package struct BackupState: Sendable, Hashable {
    /// `base` or `log`.
    package let kind: String
    /// Which moment was stored last, in seconds since 1970; nil when none was.
    package let succeeded: Double?
    /// Failures since then.
    package let failures: Int
    /// Size of the last one that stored something.
    package let bytes: Int64
    /// Why the last one failed; nil when it did not.
    package let error: String?
}
