package import Domain
import FoundationEssentials
package import Policy
package import Postgres

/// The sources, as the API lists and changes them.
package struct PostgresSourceStore: SourceStore {
    private let client: PostgresClient
    private let reader: QueryReader

    /// - Parameter gates: decide on each statement that reads.
    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) {
        self.client = client
        reader = QueryReader(client, gates)
    }

    package func sources(limit: Int, offset: Int, access: LibraryAccess) async throws -> (sources: [Source], total: Int) {
        try await withFaults {
            async let counted = reader.query(
                "select count(*) as n from portolan.source s where \(AccessFilter.within("s.documentation_id", access))")
            let rows = try await reader.query(
                """
                select \(SourceRow.columns) from \(SourceRow.tables) where \(AccessFilter.documentation(access))
                order by l.name, v.version, s.location, s.id limit \(limit) offset \(offset)
                """)
            return (try rows.map(SourceRow.source), try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    package func source(_ id: SourceID, access: LibraryAccess) async throws -> Source? {
        try await withFaults {
            let rows = try await reader.query(
                "select \(SourceRow.columns) from \(SourceRow.tables) where s.id = \(id.uuid) and \(AccessFilter.documentation(access))")
            return try rows.first.map(SourceRow.source)
        }
    }

    package func register(_ submission: JobSubmission, timing: SourceTiming, access: LibraryAccess) async throws -> Source {
        let settings = try JSONColumn.encode(submission.settings)
        let id = try await withFaults {
            try await client.withTransaction { connection in
                try await PostgresJobStore.admit(submission.library, access, connection)
                let id = try await PostgresJobStore.upsert(submission, settings: settings, connection).source
                let (seconds, schedule) = timing.columns
                // The first look is due at once.
                _ = try await connection.query(
                    """
                    update portolan.source set poll_seconds = \(seconds), schedule = \(schedule), next_poll_at = now(),
                      sync_requested_at = now(), sync_is_repair = false where id = \(id)
                    """)
                _ = try await connection.query("select pg_notify('portolan_sources', '')")
                return SourceID(id)
            }
        }
        guard let source = try await source(id, access: .all) else { throw Fault.notFound("source", id.description) }
        return source
    }

    package func update(
        _ id: SourceID, isPaused: Bool?, timing: SourceTiming?, access: LibraryAccess, check: @Sendable (Source) throws -> Void
    ) async throws -> Source? {
        let isChanged = try await withFaults {
            try await client.withTransaction { connection in
                let filter: SQL = "s.id = \(id.uuid) and \(AccessFilter.writable("s.documentation_id", access))"
                // Whoever else changes the source waits here.
                guard try await !connection.query("select 1 from portolan.source s where \(filter) for update of s").isEmpty else {
                    return false
                }
                let present = try await connection.query(
                    "select \(SourceRow.columns) from \(SourceRow.tables) where s.id = \(id.uuid)"
                ).single()
                try check(try SourceRow.source(present))
                if let timing {
                    let (seconds, schedule) = timing.columns
                    _ = try await connection.query(
                        """
                        update portolan.source set poll_seconds = \(seconds), schedule = \(schedule),
                          next_poll_at = case when sync_requested_at is null then \(timing.next(after: Date())) else next_poll_at end
                        where id = \(id.uuid)
                        """)
                }
                if let isPaused {
                    _ = try await connection.query("update portolan.source set is_paused = \(isPaused) where id = \(id.uuid)")
                }
                return true
            }
        }
        return isChanged ? try await source(id, access: access) : nil
    }

    package func requestSync(_ id: SourceID, access: LibraryAccess) async throws -> Source? {
        let isAsked = try await withFaults {
            let asked = try await client.query(
                """
                update portolan.source s set sync_requested_at = now(), sync_is_repair = false, next_poll_at = now()
                where id = \(id.uuid) and \(AccessFilter.writable("s.documentation_id", access)) returning s.id
                """)
            _ = try await client.query("select pg_notify('portolan_sources', '')")
            return !asked.isEmpty
        }
        return isAsked ? try await source(id, access: access) : nil
    }
}
