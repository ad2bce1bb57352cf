package import Domain
import FoundationEssentials
package import Policy
package import Postgres
import Primitives

/// The catalog's rows, in Postgres.
package struct PostgresCatalogStore: CatalogStore {
    let client: PostgresClient
    private let gates: GateRegistry

    /// - Parameter gates: decide on each boundary.
    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) { (self.client, self.gates) = (client, gates) }

    // MARK: Boundaries

    package func begin(_ crossing: BoundaryCrossing, for duration: Duration) async throws -> Bool {
        try await withFaults {
            try await client.withTransaction { connection in
                try await Self.check(crossing, connection)
                let predecessors = BoundaryCrossing.holders(of: crossing.job)
                guard try await Self.take(crossing.slot, crossing.holder, duration, after: predecessors, connection) else { return false }
                try await CatalogWriter(connection: connection, crossing: crossing).note("boundary.\(crossing.boundary.rawValue).begin")
                return true
            }
        }
    }

    @discardableResult
    package func commit(
        _ crossing: BoundaryCrossing, _ change: CatalogChange, filesAreStored: Bool, began: ContinuousClock.Instant
    ) async throws -> Int {
        try await withFaults {
            try await client.withTransaction(deadline: .after(.seconds(120))) { connection in
                try await Self.check(crossing, connection)
                let held = try await connection.query(
                    "delete from portolan.slot_claim where slot = \(crossing.slot.rawValue) and holder = \(crossing.holder) returning slot")
                guard !held.isEmpty else {
                    throw Fault(
                        .conflict, code: "E_SLOT_LOST", "Another process has taken the slot \(crossing.slot) meanwhile.",
                        hint: "Run the job again.", isTransient: true)
                }
                let writer = CatalogWriter(connection: connection, crossing: crossing)
                let rows = try await writer.apply(change)
                let figures = ["rows": "\(rows)", "seconds": "\(began.duration(to: .now).seconds)"]
                try await writer.note("boundary.\(crossing.boundary.rawValue).success", .info, figures)
                try await writer.note("db.tx.commit", .info, figures)
                let step = DatabaseBoundaryGate.Crossing("pre_commit", stepSucceeded: filesAreStored, tables: change.tables)
                _ = try gates.evaluate(DatabaseBoundaryGate(allowedTables: DatabaseBoundaryGate.catalog), step).get()
                return rows
            }
        }
    }

    package func abort(_ crossing: BoundaryCrossing, _ fault: Fault, leaving change: CatalogChange?) async throws {
        try await withFaults {
            try await client.withTransaction(deadline: .after(.seconds(120))) { connection in
                let held = try await connection.query(
                    "delete from portolan.slot_claim where slot = \(crossing.slot.rawValue) and holder = \(crossing.holder) returning slot")
                let writer = CatalogWriter(connection: connection, crossing: crossing)
                if let change, !held.isEmpty {
                    _ = try await writer.apply(change)
                    let step = DatabaseBoundaryGate.Crossing("post_rollback", stepSucceeded: false, tables: change.tables)
                    _ = try gates.evaluate(DatabaseBoundaryGate(allowedTables: DatabaseBoundaryGate.catalog), step).get()
                }
                try await writer.note("boundary.\(crossing.boundary.rawValue).error", .error, ["code": fault.code])
                try await writer.note("db.tx.rollback", .warning, ["code": fault.code])
            }
        }
    }

    package func claim(_ slot: CatalogSlot, holder: String, for duration: Duration) async throws -> Bool {
        try await withFaults {
            try await client.withTransaction { try await Self.take(slot, holder, duration, $0) }
        }
    }

    package func release(_ slot: CatalogSlot, holder: String) async throws {
        try await withFaults {
            _ = try await client.query("delete from portolan.slot_claim where slot = \(slot.rawValue) and holder = \(holder)")
        }
    }

    /// Nothing is written for a job that another worker has taken over, or that was stopped; and one that crosses boundaries gets on.
    private static func check(_ crossing: BoundaryCrossing, _ connection: PostgresConnection) async throws {
        guard let lease = crossing.job?.lease else { return }
        try await LeaseGuard.check(lease, connection)
        _ = try await connection.query("update portolan.job set progressed_at = now() where id = \(lease.job.uuid)")
    }

    /// - Parameter predecessors: how the names of claims begin that may be taken over before they run out: those of a job that was begun again.
    private static func take(
        _ slot: CatalogSlot, _ holder: String, _ duration: Duration, after predecessors: String? = nil, _ connection: PostgresConnection
    ) async throws -> Bool {
        let rows = try await connection.query(
            """
            insert into portolan.slot_claim as c (slot, holder, expires_at)
            values (\(slot.rawValue), \(holder), now() + make_interval(secs => \(duration.seconds)))
            on conflict (slot) do update set holder = excluded.holder, expires_at = excluded.expires_at
              where c.expires_at <= now() or c.holder = excluded.holder or starts_with(c.holder, \(predecessors))
            returning slot
            """)
        return !rows.isEmpty
    }

    // MARK: Reading

    package func version(_ id: String) async throws -> CatalogVersion? {
        try await withFaults {
            try await client.query("select \(CatalogRow.versionColumns) from portolan.catalog_version v where v.id = \(id)").first
                .map(CatalogRow.version)
        }
    }

    package func version(takenInBy job: JobID) async throws -> CatalogVersion? {
        try await withFaults {
            try await client.query(
                """
                select \(CatalogRow.versionColumns) from portolan.catalog_version v where v.job_id = \(job.uuid)
                order by (select max(a.recorded_at) from portolan.artifact a where a.version_id = v.id) desc nulls last, v.id limit 1
                """
            ).first.map(CatalogRow.version)
        }
    }

    package func versions(of slot: CatalogSlot) async throws -> [CatalogVersion] {
        try await withFaults {
            try await client.query(
                """
                select \(CatalogRow.versionColumns) from portolan.catalog_version v where v.slot = \(slot.rawValue)
                order by v.created_at desc, v.id
                """
            ).map(CatalogRow.version)
        }
    }

    package func artifacts(of version: String) async throws -> [Artifact] {
        try await withFaults {
            try await client.query("select * from portolan.artifact where version_id = \(version) order by id").map(CatalogRow.artifact)
        }
    }

    package func files(of version: String) async throws -> [ExtractedFile] {
        try await withFaults {
            try await client.query(
                "select path, bytes, sha256, storage_key from portolan.extracted_file where version_id = \(version) order by path"
            ).map(CatalogRow.file)
        }
    }

    package func isNamed(_ artifact: String, in slot: CatalogSlot) async throws -> (artifact: Bool, files: Bool) {
        try await withFaults {
            let (key, folder) = ("\(slot.artifacts)/\(artifact)", "\(slot.extracted)/\(artifact)/")
            let row = try await client.query(
                """
                select exists (select from portolan.artifact where storage_key = \(key)),
                  exists (select from portolan.extracted_file where artifact_id = \(artifact) and starts_with(storage_key, \(folder)))
                """
            ).single()
            return try row.decode(as: (Bool.self, Bool.self))
        }
    }

    package func latest(of slot: CatalogSlot) async throws -> LatestPointer? {
        try await withFaults {
            try await client.query("select slot, version_id, set_at, set_by from portolan.latest_pointer where slot = \(slot.rawValue)")
                .first.map(CatalogRow.pointer)
        }
    }

    package func latestPointers() async throws -> [LatestPointer] {
        try await withFaults {
            try await client.query("select slot, version_id, set_at, set_by from portolan.latest_pointer order by slot")
                .map(CatalogRow.pointer)
        }
    }
}
