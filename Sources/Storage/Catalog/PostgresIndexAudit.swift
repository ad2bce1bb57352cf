package import Domain
package import FoundationEssentials
package import Postgres
import Primitives

/// The tables of the index, compared in Postgres.
package struct PostgresIndexAudit: IndexAudit {
    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    /// Of each documentation what is there and what is missing; publications are whole, so one statement sees all of it or nothing.
    private static let documentations: SQL = """
        select d.id, s.sections, greatest(d.section_count - s.sections, 0) as missing_sections, s.orphans as orphan_sections,
          c.chunks, greatest(d.chunk_count - c.chunks, 0) as missing_chunks,
          case when d.profile_id is null then 0 else c.chunks end as vectors, c.missing_vectors
        from portolan.documentation d
        cross join lateral (
          select count(*) as sections, count(*) filter (where not exists (
            select from portolan.page g where g.documentation_id = d.id and g.path = n.page_path)) as orphans
          from portolan.section n where n.documentation_id = d.id) s
        cross join lateral (
          select count(*) as chunks, count(*) filter (where d.profile_id is not null and not exists (
            select from portolan.embedding e where e.profile_id = d.profile_id and e.checksum = k.checksum)) as missing_vectors
          from portolan.chunk k where k.documentation_id = d.id) c
        """

    // A day of grace: a job that is running may have stored vectors whose chunks it has not published yet.
    private static let orphanVectors: SQL = """
        select e.profile_id, e.checksum from portolan.embedding e where e.created_at < now() - interval '1 day'
          and not exists (select from portolan.chunk c where c.checksum = e.checksum)
        """

    package func parity() async throws -> [IndexParity] {
        try await withFaults {
            try await client.withTransaction(isReadOnly: true, deadline: .after(.seconds(1800))) { connection in
                let row = try await connection.query(
                    """
                    select coalesce(sum(sections), 0)::bigint as sections, coalesce(sum(missing_sections), 0)::bigint as missing_sections,
                      coalesce(sum(orphan_sections), 0)::bigint as orphan_sections, coalesce(sum(chunks), 0)::bigint as chunks,
                      coalesce(sum(missing_chunks), 0)::bigint as missing_chunks, coalesce(sum(vectors), 0)::bigint as vectors,
                      coalesce(sum(missing_vectors), 0)::bigint as missing_vectors,
                      (select count(*) from (\(Self.orphanVectors)) o) as orphan_vectors
                    from (\(Self.documentations)) x
                    """
                ).single()
                func number(_ name: String) throws -> Int { try row.decode(name, as: Int.self) }
                let (missing, orphans) = (try number("missing_sections"), try number("orphan_vectors"))
                return [
                    IndexParity(
                        .sections, total: try number("sections") + missing, missing: missing, orphans: try number("orphan_sections")),
                    IndexParity(
                        .chunks, total: try number("chunks") + number("missing_chunks"), missing: try number("missing_chunks"), orphans: 0),
                    IndexParity(
                        .vectors, total: try number("vectors") + orphans, missing: try number("missing_vectors"), orphans: orphans),
                ]
            }
        }
    }

    package func repair() async throws -> (removed: Int, requested: Int) {
        try await withFaults {
            try await client.withTransaction(deadline: .after(.seconds(1800))) { connection in
                let removed = try await connection.query(
                    """
                    with gone as (delete from portolan.embedding where (profile_id, checksum) in (\(Self.orphanVectors)) returning checksum)
                    select count(*) as n from gone
                    """
                ).single().decode("n", as: Int.self)
                let rows = try await connection.query(
                    """
                    select id, missing_sections + orphan_sections + missing_chunks > 0 as is_torn from (\(Self.documentations)) x
                    where missing_sections + orphan_sections + missing_chunks + missing_vectors > 0
                    """
                ).map { (id: try $0.decode("id", as: UUID.self), isTorn: try $0.decode("is_torn", as: Bool.self)) }
                let torn = rows.filter(\.isTorn).map(\.id)
                // Without validators and the name of their cutting, pages are read and cut anew. A page that lacks nothing but a vector is found
                // by that.
                _ = try await connection.query(
                    """
                    update portolan.page set etag = null, last_modified = null, text_checksum = '', content_checksum = ''
                    where documentation_id = any(\(torn))
                    """)
                _ = try await connection.query("update portolan.section set chunking = '' where documentation_id = any(\(torn))")
                let asked = try await connection.query(
                    """
                    update portolan.source set sync_requested_at = now(), next_poll_at = now(),
                      sync_is_repair = sync_is_repair or sync_requested_at is null
                    where documentation_id = any(\(rows.map(\.id))) and not is_paused returning id
                    """)
                return (removed, asked.count)
            }
        }
    }

    package func lastReconciliation() async throws -> Date? {
        try await withFaults {
            try await client.query("select max(at) as at from portolan.event where type = 'catalog.reconcile.complete'").single()
                .decode("at", as: Date?.self)
        }
    }
}
