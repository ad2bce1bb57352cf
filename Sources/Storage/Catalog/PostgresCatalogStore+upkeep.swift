package import Domain
package import FoundationEssentials
import Postgres
package import Primitives

extension PostgresCatalogStore {
    package func look(at objects: [StoredObject], started: Date) async throws -> CatalogLook {
        try await withFaults {
            // All in one transaction: the look is gone afterwards, also when it fails.
            try await client.withTransaction(deadline: .after(.seconds(600))) { connection in
                let look = UUID()
                _ = try await connection.query("insert into portolan.store_look (id, started_at) values (\(look), \(started))")
                for start in stride(from: 0, to: objects.count, by: 5000) {
                    let part = objects[start..<min(start + 5000, objects.count)]
                    _ = try await connection.query(
                        """
                        insert into portolan.store_listing (look_id, slot, is_artifact, key, bytes, modified_at)
                        select \(look), split_part(key, '/', 2), starts_with(key, \(CatalogSlot.artifactsRoot)), key, bytes,
                          to_timestamp(modified)
                        from unnest(\(part.map(\.key))::text[], \(part.map(\.bytes))::bigint[], \(part.map(\.modified))::float8[])
                          as t (key, bytes, modified)
                        on conflict (look_id, key) do nothing
                        """)
                }
                _ = try await connection.query("analyze portolan.store_listing")
                let missing = try await connection.query(
                    """
                    select slot, is_artifact, version_id, artifact_id, path, key, bytes, found_bytes from portolan.missing_object
                    where look_id = \(look) order by key, version_id
                    """
                ).map(Self.missing)
                let orphans = try await connection.query(
                    """
                    select slot, is_artifact, key, bytes, modified_at from portolan.orphan_object where look_id = \(look) order by key
                    """
                ).map(Self.orphan)
                _ = try await connection.query("delete from portolan.store_look where id = \(look)")
                return CatalogLook(missing: missing, orphans: orphans)
            }
        }
    }

    private static func missing(_ row: Row) throws -> MissingObject {
        MissingObject(
            slot: try CatalogRow.slot(row), isArtifact: try row.decode("is_artifact", as: Bool.self),
            version: try row.decode("version_id", as: String.self), artifact: try row.decode("artifact_id", as: String.self),
            path: try row.decode("path", as: String.self), key: try row.decode("key", as: String.self),
            bytes: try row.decode("bytes", as: Int64.self), foundBytes: try row.decode("found_bytes", as: Int64?.self))
    }

    private static func orphan(_ row: Row) throws -> OrphanObject {
        OrphanObject(
            slot: try row.decode("slot", as: String.self), isArtifact: try row.decode("is_artifact", as: Bool.self),
            key: try row.decode("key", as: String.self), bytes: try row.decode("bytes", as: Int64.self),
            modified: try row.decode("modified_at", as: Date.self))
    }

    package func namedObjects() async throws -> Int {
        try await withFaults {
            try await client.query(
                """
                select (select count(*) from portolan.artifact where storage_key is not null)
                  + (select count(*) from portolan.extracted_file where starts_with(storage_key, \(CatalogSlot.extractedRoot)))
                """
            ).single().decode(0, as: Int.self)
        }
    }

    package func named(_ keys: [String]) async throws -> Set<String> {
        try await withFaults {
            Set(
                try await client.query(
                    """
                    select key from unnest(\(keys)::text[]) as t (key)
                    where exists (select from portolan.artifact a where a.storage_key = t.key)
                      or exists (select from portolan.extracted_file f where f.storage_key = t.key)
                    """
                ).map { try $0.decode("key", as: String.self) })
        }
    }

    package func dropMissing(_ missing: [MissingObject]) async throws {
        try await withFaults {
            try await client.withTransaction { connection in
                let lost = missing.filter(\.isArtifact)
                // An artifact that is its own only file takes that row along.
                _ = try await connection.query(
                    """
                    delete from portolan.extracted_file f
                    using unnest(\(missing.map(\.version))::text[], \(missing.map(\.key))::text[]) as t (version_id, key)
                    where f.version_id = t.version_id and f.storage_key = t.key
                    """)
                _ = try await connection.query(
                    """
                    update portolan.artifact a set status = 'failed', storage_key = null, fault_code = 'E_MISSING'
                    from unnest(\(lost.map(\.version))::text[], \(lost.map(\.artifact))::text[]) as t (version_id, id)
                    where a.version_id = t.version_id and a.id = t.id
                    """)
                _ = try await connection.query(
                    """
                    update portolan.source s set sync_requested_at = now(), next_poll_at = now(),
                      sync_is_repair = sync_is_repair or sync_requested_at is null
                    from portolan.catalog_version v
                    where v.id = any(\(missing.map(\.version))) and s.documentation_id = v.documentation_id
                    """)
            }
        }
    }

    package func repoint(_ slot: CatalogSlot, by: String) async throws -> String? {
        try await withFaults {
            try await client.withTransaction { connection in
                _ = try await connection.query("select from portolan.latest_pointer where slot = \(slot.rawValue) for update")
                let rows = try await connection.query(
                    """
                    select v.id from portolan.catalog_version v
                    where v.slot = \(slot.rawValue) and v.state = 'published'
                      and exists (select from portolan.artifact a where a.version_id = v.id and a.storage_key is not null)
                    order by v.published_at desc, v.id limit 1
                    """)
                guard let version = try rows.first?.decode("id", as: String.self) else {
                    _ = try await connection.query("delete from portolan.latest_pointer where slot = \(slot.rawValue)")
                    return nil
                }
                _ = try await connection.query(
                    """
                    insert into portolan.latest_pointer (slot, version_id, set_by) values (\(slot.rawValue), \(version), \(by))
                    on conflict (slot) do update set version_id = excluded.version_id, set_at = now(), set_by = excluded.set_by
                    """)
                return version
            }
        }
    }

    package func slotsWithoutBytes() async throws -> [CatalogSlot] {
        try await withFaults {
            try await client.query(
                """
                select p.slot from portolan.latest_pointer p
                where not exists (select from portolan.artifact a where a.version_id = p.version_id and a.storage_key is not null)
                order by p.slot
                """
            ).map(CatalogRow.slot)
        }
    }

    package func prunable(_ rules: PruneRules, in slot: CatalogSlot?, limit: Int) async throws -> [CatalogVersion] {
        try await withFaults {
            try await client.query(
                """
                select \(CatalogRow.versionColumns) from (
                  select c.*, row_number() over (
                    partition by c.slot, c.state = 'published' order by c.published_at desc nulls last, c.created_at desc, c.id) as position,
                    exists (select from portolan.latest_pointer p where p.version_id = c.id) as is_latest
                  from portolan.catalog_version c where \(slot?.rawValue)::text is null or c.slot = \(slot?.rawValue)) v
                where not v.is_latest and case
                  when v.state = 'published' then v.position > \(rules.keep) - (case when exists (
                      select from portolan.latest_pointer p join portolan.catalog_version l on l.id = p.version_id
                      where p.slot = v.slot and l.published_at < v.published_at) then 1 else 0 end)
                    and v.published_at <= now() - make_interval(secs => \(rules.minimumAge.seconds))
                  else v.created_at <= now() - make_interval(secs => \(rules.orphanAge.seconds)) end
                order by v.created_at, v.id limit \(limit)
                """
            ).map(CatalogRow.version)
        }
    }

    package func forget(_ versions: [String], of slot: CatalogSlot) async throws -> [String] {
        try await withFaults {
            try await client.withTransaction(deadline: .after(.seconds(120))) { connection in
                let artifacts = try await connection.query(
                    """
                    select distinct a.id from portolan.artifact a join portolan.catalog_version v on v.id = a.version_id
                    where v.id = any(\(versions)) and v.slot = \(slot.rawValue)
                      and not exists (select from portolan.latest_pointer p where p.version_id = v.id)
                    order by a.id
                    """
                ).map { try $0.decode("id", as: String.self) }
                _ = try await connection.query(
                    """
                    delete from portolan.catalog_version v where v.id = any(\(versions)) and v.slot = \(slot.rawValue)
                      and not exists (select from portolan.latest_pointer p where p.version_id = v.id)
                    """)
                return artifacts
            }
        }
    }

    package func forgetEvents(olderThan age: Duration, isDryRun: Bool) async throws -> Int {
        try await withFaults {
            let old: SQL = "select id from portolan.event where at < now() - make_interval(secs => \(age.seconds)) limit 5000"
            let rows = try await client.query(
                isDryRun
                    ? "select count(*) as n from (\(old)) x"
                    : "with gone as (delete from portolan.event where id in (\(old)) returning id) select count(*) as n from gone")
            return try rows.single().decode("n", as: Int.self)
        }
    }

    package func note(_ type: String, _ level: EventLevel, _ payload: [String: String]) async throws {
        try await note(type, level, payload, deadline: nil)
    }

    /// Writes an event, or gives it up at `deadline`; nil for that of the client.
    package func note(_ type: String, _ level: EventLevel, _ payload: [String: String], deadline: Deadline?) async throws {
        try await withFaults {
            _ = try await client.query(
                """
                insert into portolan.event (type, level, payload)
                values (\(type), \(level.rawValue), \(try JSONColumn.encode(payload))::jsonb)
                """, deadline: deadline)
        }
    }
}
