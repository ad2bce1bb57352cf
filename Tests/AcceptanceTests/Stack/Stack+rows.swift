import FoundationEssentials
import Postgres

/// What is stored, straight from the database.
extension Stack {
    /// A section's row: when any of it differs, it was written.
    struct StoredSection: Hashable, Sendable {
        let identifier: Int64
        let transaction: String
        let page: String
        let checksum: String
        /// A digest of what readers get: link targets are in it, in the checksum they are not.
        let content: String
        let fetchedAt: String
    }

    /// The sections of a library's documentation by path.
    func sections(of library: String) async throws -> [String: StoredSection] {
        let rows = try await database.query(
            """
            select s.path, s.id, s.xmin::text as transaction, s.page_path, encode(s.checksum, 'hex') as checksum, md5(s.content) as content,
              s.fetched_at::text as fetched
            from portolan.section s join portolan.documentation d on d.id = s.documentation_id
            join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
            where l.name = \(library)
            """)
        var sections: [String: StoredSection] = [:]
        for row in rows {
            sections[try row.decode("path", as: String.self)] = StoredSection(
                identifier: try row.decode("id", as: Int64.self), transaction: try row.decode("transaction", as: String.self),
                page: try row.decode("page_path", as: String.self), checksum: try row.decode("checksum", as: String.self),
                content: try row.decode("content", as: String.self), fetchedAt: try row.decode("fetched", as: String.self))
        }
        return sections
    }

    /// Everything that a documentation says, as text without identifiers and times: equal for two documentations with the same content.
    func content(of library: String) async throws -> [String] {
        let rows = try await database.query(
            """
            select s.path || ' ' || encode(s.checksum, 'hex') || ' ' || coalesce(string_agg(c.ordinal || ':' || encode(c.checksum, 'hex')
              || case when exists (select from portolan.embedding e where e.checksum = c.checksum) then '+' else '-' end, ' '
              order by c.ordinal, c.id), '') as line
            from portolan.section s left join portolan.chunk c on c.section_id = s.id
            join portolan.documentation d on d.id = s.documentation_id
            join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
            where l.name = \(library) group by s.id order by s.path
            """)
        return try rows.decodeColumn(as: String.self)
    }

    /// As ``Postgres/PostgresClient/contradictions()``, of the stack's database.
    func contradictions() async throws -> [String] { try await database.contradictions() }

    /// One number from the database.
    func number(_ sql: SQL) async throws -> Int { try await database.query(sql).single().decode("n", as: Int.self) }
}

extension PostgresClient {
    /// Rows that contradict each other: chunks twice, chunks without a vector, counts that do not add up. Empty when all is well.
    func contradictions() async throws -> [String] {
        let checks: [(String, SQL)] = [
            ("chunks twice", "select count(*) - count(distinct (section_id, ordinal)) as n from portolan.chunk"),
            (
                "chunks without a vector",
                """
                select count(*) as n from portolan.chunk c join portolan.documentation d on d.id = c.documentation_id
                where d.profile_id is not null and not exists (
                  select from portolan.embedding e where e.profile_id = d.profile_id and e.checksum = c.checksum)
                """
            ),
            (
                "term counts that are wrong",
                """
                select count(*) as n from (
                  select documentation_id, term, count(*)::int as chunks from portolan.chunk, unnest(terms) as term group by 1, 2) counted
                full join portolan.term_statistic s using (documentation_id, term)
                where counted.chunks is distinct from s.chunks
                """
            ),
            (
                "documentations with wrong totals",
                """
                select count(*) as n from portolan.documentation d
                where section_count <> (select count(*) from portolan.section s where s.documentation_id = d.id)
                  or chunk_count <> (select count(*) from portolan.chunk c where c.documentation_id = d.id)
                """
            ),
        ]
        var found: [String] = []
        for (name, sql) in checks {
            let count = try await query(sql).single().decode("n", as: Int.self)
            if count != 0 { found.append("\(count) \(name)") }
        }
        return found
    }
}
