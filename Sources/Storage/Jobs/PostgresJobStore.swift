import Digests
package import Domain
package import FoundationEssentials
package import Postgres
import Primitives

/// Jobs as the API sees them.
package struct PostgresJobStore: JobStore {
    /// Unfinished jobs at which new ones are refused.
    package static let capacity = 10_000

    let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func submit(_ submission: JobSubmission, access: LibraryAccess) async throws -> (job: Job, existed: Bool) {
        let settings = try JSONColumn.encode(submission.settings)
        let digest = SHA256.hash("\(submission.library)\u{1f}\(submission.version)\u{1f}\(settings)")
        return try await withFaults {
            try await client.withTransaction { connection in
                try await Self.admit(submission.library, access, connection)
                if let key = submission.idempotencyKey {
                    // Two requests with one key at the same time: the second waits here and finds the first one's job.
                    _ = try await connection.query("select pg_advisory_xact_lock(hashtextextended(\(key.name), 1))")
                    if let job = try await Self.find(key: key, digest: digest, connection) { return (job, true) }
                }
                let open = try await connection.query(
                    "select count(*) as n from portolan.job where status not in ('COMPLETED', 'FAILED', 'STOPPED')")
                guard try open.first?.decode("n", as: Int.self) ?? 0 < Self.capacity else {
                    throw Fault(
                        .serviceUnavailable, code: "E_QUEUE_FULL", "There are \(Self.capacity) unfinished jobs.",
                        limit: "\(Self.capacity) jobs", hint: "Wait until jobs have finished.", isTransient: true)
                }
                let (documentation, source) = try await Self.upsert(submission, settings: settings, connection)
                let id = JobID.make()
                _ = try await connection.query(
                    """
                    insert into portolan.job (id, documentation_id, source_id, priority, settings, retry_of, idempotency_key,
                      idempotency_digest, correlation_id, traceparent, tracestate)
                    values (\(id.uuid), \(documentation), \(source), \(submission.priority.rawValue), \(settings)::jsonb,
                      \(submission.retryOf?.uuid), \(submission.idempotencyKey?.name), \(submission.idempotencyKey == nil ? nil : digest),
                      \(submission.correlationID), \(submission.traceparent), \(submission.tracestate))
                    """)
                _ = try await connection.query(
                    "insert into portolan.outbox (job_id, stream) values (\(id.uuid), \(submission.priority.rawValue))")
                _ = try await connection.query("select pg_notify('portolan_outbox', '')")
                guard let job = try await Self.readWritable(id, .all, connection) else { throw Fault.notFound("job", id.description) }
                return (job, false)
            }
        }
    }

    package func job(_ id: JobID, access: LibraryAccess) async throws -> Job? {
        try await withFaults {
            let rows = try await client.query(
                "select \(JobRow.columns) from \(JobRow.tables) where j.id = \(id.uuid) and \(AccessFilter.documentation(access))")
            return try rows.first.map(JobRow.job)
        }
    }

    package func writableJob(_ id: JobID, access: LibraryAccess) async throws -> Job? {
        try await withFaults {
            let rows = try await client.query(
                "select \(JobRow.columns) from \(JobRow.tables) where j.id = \(id.uuid) and \(AccessFilter.wholeLibrary(access))")
            return try rows.first.map(JobRow.job)
        }
    }

    package func hasJob(for submission: JobSubmission, since moment: Date) async throws -> Bool {
        try await withFaults {
            try await client.query(
                """
                select exists (
                  select from \(JobRow.tables) where l.name = \(submission.library) and v.version = \(submission.version)
                    and d.root_url = \(submission.settings.rootURL) and j.created_at >= \(moment)) as found
                """
            ).single().decode("found", as: Bool.self)
        }
    }

    package func jobs(
        status: JobStatus?, documentation: DocumentationID?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (jobs: [Job], total: Int) {
        let filter: SQL = """
            (\(status?.rawValue)::text is null or j.status = \(status?.rawValue))
            and (\(documentation?.uuid)::uuid is null or j.documentation_id = \(documentation?.uuid))
            and \(AccessFilter.within("j.documentation_id", access))
            """
        return try await withFaults {
            async let counted = client.query("select count(*) as n from portolan.job j where \(filter)")
            let rows = try await client.query(
                """
                select \(JobRow.columns) from \(JobRow.tables) where \(filter)
                order by j.created_at desc, j.id limit \(limit) offset \(offset)
                """)
            return (try rows.map(JobRow.job), try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    package func requestStop(_ id: JobID, access: LibraryAccess) async throws -> Job? {
        try await withFaults {
            try await client.withTransaction { connection in
                _ = try await connection.query(
                    """
                    update portolan.job j set stop_requested = true,
                      status = case when lease_holder is null then 'STOPPED' else status end,
                      finished_at = case when lease_holder is null then now() else finished_at end
                    where id = \(id.uuid) and status not in ('COMPLETED', 'FAILED', 'STOPPED')
                      and \(AccessFilter.writable("j.documentation_id", access))
                    """)
                return try await Self.readWritable(id, access, connection)
            }
        }
    }

    package func outcomes(
        _ id: JobID, outcome: String?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (records: [CrawlRecord], total: Int) {
        let filter: SQL = """
            job_id = \(id.uuid) and (\(outcome)::text is null or kind = \(outcome)) and exists (
              select from portolan.job j where j.id = \(id.uuid) and \(AccessFilter.within("j.documentation_id", access)))
            """
        return try await withFaults {
            async let counted = client.query("select count(*) as n from portolan.crawl_outcome where \(filter)")
            let rows = try await client.query(
                """
                select \(CrawlRow.columns) from portolan.crawl_outcome where \(filter) order by ordinal limit \(limit) offset \(offset)
                """)
            return (try rows.map(CrawlRow.record), try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    // MARK: Inside the transaction

    private static func readWritable(
        _ id: JobID, _ access: LibraryAccess, _ connection: PostgresConnection
    ) async throws -> Job? {
        let rows = try await connection.query(
            "select \(JobRow.columns) from \(JobRow.tables) where j.id = \(id.uuid) and \(AccessFilter.wholeLibrary(access))")
        return try rows.first.map(JobRow.job)
    }

    private static func find(key: JobKey, digest: [UInt8], _ connection: PostgresConnection) async throws -> Job? {
        let rows = try await connection.query(
            """
            select \(JobRow.columns), j.idempotency_digest as digest from \(JobRow.tables)
            where j.idempotency_key = \(key.name) or (j.idempotency_key = \(key.formerName) and j.idempotency_digest = \(digest))
            order by j.idempotency_key = \(key.name) desc limit 1
            """)
        guard let row = rows.first else { return nil }
        guard try row.decode("digest", as: [UInt8].self) == digest else {
            throw Fault(
                .conflict, code: "E_IDEMPOTENCY_CONFLICT", "The idempotency key was used for another request.", field: "Idempotency-Key",
                hint: "Use a fresh key for a new request.")
        }
        return try JobRow.job(row)
    }

    /// Lets a caller write to a library that they see as a whole, or may create. A hidden library and one that they may not create look the same.
    static func admit(_ library: String, _ access: LibraryAccess, _ connection: PostgresConnection) async throws {
        if access == .all { return }
        let rows = try await connection.query(
            "select \(AccessFilter.wholeLibrary(access)) as is_seen from portolan.library l where l.name = \(library)")
        guard try rows.first?.decode("is_seen", as: Bool.self) ?? access.mayCreate(library: library) else {
            throw Fault(
                .notFound, code: "E_NOT_FOUND", "There is no library \(library).", field: "library",
                hint: "A library is created with a token that has the scope admin, or whose access list names the library.")
        }
    }

    static func upsert(
        _ submission: JobSubmission, settings: String, _ connection: PostgresConnection
    ) async throws -> (documentation: UUID, source: UUID) {
        func identifier(_ sql: SQL) async throws -> UUID {
            guard let row = try await connection.query(sql).first else {
                throw Fault(.internal, code: "E_DATABASE", "The database returned no row for an insert.")
            }
            return try row.decode("id", as: UUID.self)
        }
        // The update that changes nothing makes `returning` give the row that is there, and locks it against a concurrent delete.
        let library = try await identifier(
            """
            insert into portolan.library (id, name) values (\(UUID.timeOrdered()), \(submission.library))
            on conflict (name) do update set name = excluded.name returning id
            """)
        let version = try await identifier(
            """
            insert into portolan.library_version (id, library_id, version) values (\(UUID.timeOrdered()), \(library), \(submission.version))
            on conflict (library_id, version) do update set version = excluded.version returning id
            """)
        try await markLatest(library, connection)
        // Without a lock on a row that is there: a publication holds it for as long as it writes.
        let root = submission.settings.rootURL
        let documentation = try await identifier(
            """
            with fresh as (
              insert into portolan.documentation (id, version_id, root_url) values (\(UUID.timeOrdered()), \(version), \(root))
              on conflict (version_id, root_url) do nothing returning id)
            select id from fresh
            union all select id from portolan.documentation where version_id = \(version) and root_url = \(root) limit 1
            """)
        let source = try await identifier(
            """
            insert into portolan.source as s (id, documentation_id, kind, location, settings, subject, cursor)
            values (\(UUID.timeOrdered()), \(documentation), \(submission.settings.kind.rawValue), \(submission.settings.rootURL),
              \(settings)::jsonb, \(submission.subject), \(submission.cursor))
            on conflict (documentation_id, kind, location) do update set settings = excluded.settings,
              subject = coalesce(excluded.subject, s.subject), cursor = coalesce(excluded.cursor, s.cursor), updated_at = now()
            returning id
            """)
        return (documentation, source)
    }

    private static func markLatest(_ library: UUID, _ connection: PostgresConnection) async throws {
        let rows = try await connection.query(
            "select version, is_latest from portolan.library_version where library_id = \(library) for update")
        let versions = try rows.map { try $0.decode("version", as: String.self) }
        guard let latest = VersionOrder.latest(versions) else { return }
        let marked = try rows.first { try $0.decode("is_latest", as: Bool.self) }.map { try $0.decode("version", as: String.self) }
        if marked == latest { return }
        _ = try await connection.query(
            "update portolan.library_version set is_latest = false where library_id = \(library) and is_latest")
        _ = try await connection.query(
            "update portolan.library_version set is_latest = true where library_id = \(library) and version = \(latest)")
    }
}
