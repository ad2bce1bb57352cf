package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// BM25 and vector search in one statement.
package struct PostgresSearchStore: SearchStore {
    let client: PostgresClient
    private let exactScope: Int
    private let profiles = Locked<[EmbeddingProfile: Int32]>([:])

    /// Share of the query's idf mass that the candidates' terms must carry: rare terms first, so that a common word does not fetch the
    /// whole index.
    private static let candidateMass = 0.6

    /// - Parameter exactScope: chunks in a scope up to which every vector of the scope is compared. In a wider one the vector index is asked,
    ///   which would find little in a narrow one: it walks from neighbor to neighbor, and all neighbors may lie outside.
    package init(_ client: PostgresClient, exactScope: Int = 5_000) {
        self.client = client
        self.exactScope = exactScope
    }

    package func candidates(
        terms: [Int32], vector: [Float]?, profile: EmbeddingProfile?, scope: SearchScope, limit: Int
    ) async throws -> SearchCandidates {
        var statement = Self.lexicalLeg(terms: terms, scope: scope, limit: limit)
        var settings: SQL?
        if let vector, let profile, let leg = try await vectorLeg(vector, profile: profile, limit: limit) {
            settings = Self.indexSettings(limit: limit)
            statement.append(leg)
            statement.append(Self.rows(of: "lexical", "0") + " union all " + Self.rows(of: "dense", "1"))
        } else {
            statement.append(Self.rows(of: "lexical", "0"))
        }
        statement.append(" order by 1, 5 desc, 2")
        let sql = statement
        // Leased, so that a caller who goes away cancels the statement, and a long search holds up nobody.
        let rows = try await withFaults {
            try await client.withConnection { [settings] connection in
                if let settings { _ = try await connection.query(settings) }
                return try await connection.query(sql)
            }
        }
        var result = SearchCandidates(lexical: [], vector: [], total: 0)
        var sections: Set<Int64> = []
        for row in rows {
            let candidate = SearchCandidates.Candidate(
                chunk: try row.decode("id", as: Int64.self), section: try row.decode("section_id", as: Int64.self),
                page: try row.decode("page_path", as: String.self), score: try row.decode("score", as: Double.self))
            if try row.decode("leg", as: Int32.self) == 0 { result.lexical.append(candidate) } else { result.vector.append(candidate) }
            result.total = max(result.total, try row.decode("total", as: Int?.self) ?? 0)
            sections.insert(candidate.section)
        }
        // A section that only its meaning brought counts too.
        result.total = max(result.total, sections.count)
        return result
    }

    private static func lexicalLeg(terms: [Int32], scope: SearchScope, limit: Int) -> SQL {
        """
        with scope as materialized (
          select d.id, d.chunk_count from portolan.documentation d join portolan.library_version v on v.id = d.version_id
          join portolan.library l on l.id = v.library_id where \(ScopeFilter.condition(scope))),
        size as (select greatest(coalesce(sum(chunk_count), 0), 1)::float8 as chunks from scope),
        frequency as (
          select wanted.term, coalesce((
            select sum(s.chunks) from portolan.term_statistic s join scope on scope.id = s.documentation_id
            where s.term = wanted.term), 0)::float8 as chunks
          from unnest(\(terms)::int[]) as wanted (term)),
        weighted as (
          select term, ln(1 + (size.chunks - frequency.chunks + 0.5) / (frequency.chunks + 0.5)) as idf
          from frequency, size where frequency.chunks > 0 and frequency.chunks <= size.chunks),
        ranked as (
          select term, idf, sum(idf) over (order by idf desc, term) - idf as before, sum(idf) over () as mass from weighted),
        chosen as (select coalesce(array_agg(term), '{}') as terms from ranked where before < \(candidateMass) * mass),
        query as (
          select ('{' || string_agg(term || ':' || idf::float4, ',' order by term) || '}/1000000000')::sparsevec as weights from weighted),
        matching as materialized (
          select c.id, c.section_id, -(c.weights <#> query.weights) as score
          from portolan.chunk c, query
          where c.terms && (select terms from chosen) and c.documentation_id in (select id from scope)),
        lexical as (
          select m.id, m.section_id, m.score, (select count(distinct section_id) from matching) as total
          from matching m order by m.score desc, m.id limit \(limit))
        """
    }

    /// The index hands out 40 rows by default, which a narrow scope may then throw away one and all: it must be as wide as the leg, and go
    /// on until the leg is full. The settings stay with the connection, where only this statement reads them.
    /// Source: pgvector README, "Iterative Index Scans".
    private static func indexSettings(limit: Int) -> SQL {
        """
        select set_config('hnsw.iterative_scan', 'strict_order', false),
          set_config('hnsw.ef_search', \("\(min(max(limit, 40), 1000))"), false)
        """
    }

    /// The vector leg, or nil when no vector of the profile was ever stored.
    private func vectorLeg(_ vector: [Float], profile: EmbeddingProfile, limit: Int) async throws -> SQL? {
        guard let id = try await profileID(profile) else { return nil }
        let table: SQL = "portolan.\(identifier: "embedding_p\(id)")"
        let type = SQL(script: "halfvec(\(profile.dimension))")
        let text = VectorText.dense(vector)
        return """
            , dense as (
              (select c.id, c.section_id, 1 - (e.vector::\(type) <=> \(text)::\(type)) as score, null::bigint as total
                from portolan.chunk c join \(table) e on e.checksum = c.checksum
                where (select chunks from size) <= \(Double(exactScope)) and c.documentation_id in (select id from scope)
                order by (e.vector::\(type) <=> \(text)::\(type)) + 0 limit \(limit))
              union all
              (select c.id, c.section_id, 1 - (e.vector::\(type) <=> \(text)::\(type)) as score, null::bigint as total
                from \(table) e join portolan.chunk c on c.checksum = e.checksum
                where (select chunks from size) > \(Double(exactScope)) and c.documentation_id in (select id from scope)
                order by e.vector::\(type) <=> \(text)::\(type) limit \(limit)))
            """
    }

    private static func rows(of leg: StaticString, _ number: StaticString) -> SQL {
        """
         select \(raw: number) as leg, leg.id, leg.section_id, leg.total, leg.score::float8 as score, s.page_path
         from \(raw: leg) leg join portolan.section s on s.id = leg.section_id
        """
    }

    private func profileID(_ profile: EmbeddingProfile) async throws -> Int32? {
        if let id = profiles.withLock({ $0[profile] }) { return id }
        let rows = try await withFaults {
            try await client.query(
                """
                select id::int as id from portolan.embedding_profile
                where model = \(profile.model) and revision = \(profile.revision) and dimension = \(Int32(profile.dimension))
                """)
        }
        guard let id = try rows.first?.decode("id", as: Int32.self) else { return nil }
        profiles.withLock { $0[profile] = id }
        return id
    }

    package func passages(_ chunks: [Int64]) async throws -> [SearchPassage] {
        if chunks.isEmpty { return [] }
        return try await withFaults {
            let rows = try await client.query(
                """
                select c.id as chunk_id, c.text as body, c.heading_path as chunk_heading_path, c.anchor, \(SectionRow.columns), '' as content
                from unnest(\(chunks)::bigint[]) with ordinality as wanted (id, position)
                join portolan.chunk c on c.id = wanted.id join \(SectionRow.tables) on s.id = c.section_id
                order by wanted.position
                """)
            return try rows.map { row in
                let section = try SectionRow.section(row)
                let anchor = try row.decode("anchor", as: String.self)
                let base = section.url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
                return SearchPassage(
                    chunk: try row.decode("chunk_id", as: Int64.self), section: section, text: try row.decode("body", as: String.self),
                    headingPath: try row.decode("chunk_heading_path", as: [String].self),
                    url: anchor.isEmpty ? section.url : base + "#" + anchor)
            }
        }
    }

    package func resolve(_ scope: SearchScope) async throws -> ScopeResolution {
        try await withFaults {
            if let id = scope.documentation,
                try await client.query("select from portolan.documentation where id = \(id.uuid)").isEmpty
            {
                return .unknownDocumentation
            }
            guard let library = scope.library else { return .found }
            let rows = try await client.query(
                """
                select v.version from portolan.library l join portolan.library_version v on v.library_id = l.id where l.name = \(library)
                """)
            let versions = try rows.map { try $0.decode("version", as: String.self) }.sorted(by: VersionOrder.precedes)
            if versions.isEmpty { return .unknownLibrary }
            guard let version = scope.version, version != "latest", !versions.contains(version) else { return .found }
            return .unknownVersion(versions)
        }
    }

    package func cursorKey() async throws -> [UInt8] {
        let rows = try await withFaults { try await client.query("select value from portolan.secret where name = 'cursor'") }
        guard let row = rows.first else { throw Fault(.internal, code: "E_DATABASE", "The database has no cursor key.") }
        return try row.decode("value", as: [UInt8].self)
    }
}
