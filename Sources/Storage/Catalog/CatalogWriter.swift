import Digests
import Domain
import Postgres

/// The statements of a crossing, inside the transaction of their caller.
struct CatalogWriter {
    let connection: PostgresConnection
    let crossing: BoundaryCrossing

    /// Files that one statement writes.
    private static let batch = 5000

    /// Returns rows written.
    func apply(_ change: CatalogChange) async throws -> Int {
        switch change {
        case .arrival(let version, let artifacts): return try await arrive(version, artifacts)
        case .files(let files): return try await write(files)
        case .refusal(let code): return try await refuse(code)
        case .validations(let validations):
            let written = try await write(validations)
            try await carryOver()
            return written
        case .purge(let failures):
            let gone = try await purge()
            let written = try await write(failures)
            return gone + written
        case .latest(let by): return try await setLatest(by: by)
        }
    }

    /// Writes an event of the crossing. All values of `payload` are text.
    func note(_ type: String, _ level: EventLevel = .info, _ payload: [String: String] = [:]) async throws {
        var payload = payload
        payload["slot"] = crossing.slot.rawValue
        payload["version_id"] = crossing.version
        if let artifact = crossing.artifact { payload["artifact_id"] = artifact }
        try await CatalogEvents.write(type, level, job: crossing.job, payload, connection)
    }

    private func arrive(_ version: CatalogVersion, _ artifacts: [Artifact]) async throws -> Int {
        // A version that is published stays so; one that was refused gets another chance.
        _ = try await connection.query(
            """
            insert into portolan.catalog_version as v (id, service, slot, label, documentation_id, job_id, plan_id, created_at)
            values (\(version.id), \(version.service), \(version.slot.rawValue), \(version.label), \(version.documentation?.uuid),
              \(version.job?.uuid), \(version.plan), \(version.createdAt))
            on conflict (id) do update set label = excluded.label, documentation_id = coalesce(excluded.documentation_id, v.documentation_id),
              job_id = coalesce(excluded.job_id, v.job_id), plan_id = coalesce(excluded.plan_id, v.plan_id),
              state = case v.state when 'rejected' then 'staged' else v.state end
            """)
        for artifact in artifacts {
            _ = try await connection.query(
                """
                insert into portolan.artifact (id, version_id, status, name, storage_key, bytes, source_url, etag, last_modified,
                  fault_code, fetched_at)
                values (\(artifact.id), \(version.id), \(artifact.status.rawValue), \(artifact.name), \(artifact.storageKey),
                  \(artifact.bytes), \(artifact.sourceURL), \(artifact.etag), \(artifact.lastModified), \(artifact.faultCode),
                  \(artifact.fetchedAt))
                on conflict (id, version_id) do update set status = excluded.status, name = excluded.name,
                  storage_key = excluded.storage_key, source_url = excluded.source_url, etag = excluded.etag,
                  last_modified = excluded.last_modified, fault_code = excluded.fault_code, fetched_at = excluded.fetched_at,
                  recorded_at = now()
                """)
        }
        return 1 + artifacts.count
    }

    private func write(_ files: [ExtractedFile]) async throws -> Int {
        guard let artifact = crossing.artifact else {
            throw Fault(.internal, code: "E_CATALOG", "Files without an artifact cannot be recorded.")
        }
        for start in stride(from: 0, to: files.count, by: Self.batch) {
            let part = files[start..<min(start + Self.batch, files.count)]
            _ = try await connection.query(
                """
                insert into portolan.extracted_file (version_id, artifact_id, path, format, bytes, sha256, storage_key)
                select \(crossing.version), \(artifact), path, format, bytes, decode(digest, 'hex'), key
                from unnest(\(part.map(\.path))::text[], \(part.map(\.format))::text[], \(part.map(\.bytes))::bigint[],
                  \(part.map(\.digest.hexadecimal))::text[], \(part.map(\.storageKey))::text[]) as t (path, format, bytes, digest, key)
                on conflict (version_id, path) do nothing
                """)
        }
        return files.count
    }

    private func refuse(_ code: String) async throws -> Int {
        // What is published stays: a version that was good once is not refused.
        let refused = try await connection.query(
            "update portolan.catalog_version set state = 'rejected' where id = \(crossing.version) and state <> 'published' returning id")
        guard !refused.isEmpty else { return 0 }
        _ = try await connection.query(
            """
            delete from portolan.extracted_file where artifact_id = \(crossing.artifact) and version_id = \(crossing.version)
            """)
        _ = try await connection.query(
            """
            update portolan.artifact set status = 'failed', storage_key = null, fault_code = \(code)
            where id = \(crossing.artifact) and version_id = \(crossing.version)
            """)
        return 2
    }

    private func write(_ validations: [FileValidation]) async throws -> Int {
        for start in stride(from: 0, to: validations.count, by: Self.batch) {
            let part = validations[start..<min(start + Self.batch, validations.count)]
            let (paths, validators) = (part.map(\.path), part.map(\.validator))
            // Deleted and written anew, so that the sums follow.
            _ = try await connection.query(
                """
                delete from portolan.validation v using unnest(\(paths)::text[], \(validators)::text[]) as t (path, validator)
                where v.version_id = \(crossing.version) and v.validator = t.validator and v.path = t.path
                """)
            _ = try await connection.query(
                """
                insert into portolan.validation (version_id, file_id, path, validator, status, detail)
                select \(crossing.version), f.id, t.path, t.validator, t.status, t.detail
                from unnest(\(paths)::text[], \(validators)::text[], \(part.map(\.status.rawValue))::text[], \(part.map(\.detail))::text[])
                  as t (path, validator, status, detail)
                left join portolan.extracted_file f on f.version_id = \(crossing.version) and f.path = t.path
                """)
        }
        return validations.count
    }

    /// What was found in the same file of the latest version holds for files that nobody looked at now.
    private func carryOver() async throws {
        _ = try await connection.query(
            """
            insert into portolan.validation (version_id, file_id, path, validator, status, detail, checked_at)
            select \(crossing.version), f.id, f.path, v.validator, v.status, v.detail, v.checked_at
            from portolan.latest_pointer p
            join portolan.extracted_file o on o.version_id = p.version_id
            join portolan.extracted_file f on f.version_id = \(crossing.version) and f.path = o.path and f.sha256 = o.sha256
            join portolan.validation v on v.file_id = o.id
            where p.slot = \(crossing.slot.rawValue) and p.version_id <> \(crossing.version)
            on conflict (version_id, validator, path) do nothing
            """)
    }

    private func purge() async throws -> Int {
        let state = try await connection.query(
            "update portolan.catalog_version set state = 'rejected' where id = \(crossing.version) and state = 'staged' returning id")
        guard !state.isEmpty else { return 0 }
        _ = try await connection.query("delete from portolan.extracted_file where version_id = \(crossing.version)")
        _ = try await connection.query(
            """
            update portolan.artifact set status = 'failed', storage_key = null, fault_code = 'E_VALIDATION_FAILED'
            where version_id = \(crossing.version) and status <> 'failed'
            """)
        _ = try await connection.query("delete from portolan.validation where version_id = \(crossing.version) and status = 'pass'")
        return 1
    }

    private func setLatest(by: String) async throws -> Int {
        let rows = try await connection.query(
            """
            update portolan.catalog_version set state = 'published', published_at = coalesce(published_at, now())
            where id = \(crossing.version) and slot = \(crossing.slot.rawValue) and state <> 'rejected'
              and exists (select from portolan.artifact a where a.version_id = \(crossing.version) and a.storage_key is not null)
            returning id
            """)
        guard !rows.isEmpty else {
            throw Fault(
                .conflict, code: "E_LATEST_MISMATCH", "The version \(crossing.version) of \(crossing.slot) cannot be the latest one.",
                hint: "Choose a version of the slot whose artifact is kept.")
        }
        _ = try await connection.query(
            """
            insert into portolan.latest_pointer as p (slot, version_id, set_by) values (\(crossing.slot.rawValue), \(crossing.version), \(by))
            on conflict (slot) do update set version_id = excluded.version_id, set_at = now(), set_by = excluded.set_by
            """)
        return 2
    }
}
