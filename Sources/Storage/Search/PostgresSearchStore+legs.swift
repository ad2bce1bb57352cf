package import Domain
import FoundationEssentials
import Postgres
import Primitives

extension PostgresSearchStore {
    package func matches(_ terms: [Int32], scope: SearchScope, limit: Int, access: LibraryAccess) async throws -> LexicalMatches {
        let extent = try await extent(of: scope, terms: terms, access: access)
        let selection = TermSelection(frequencies: extent.frequencies, of: extent.chunks)
        func matches(best: [SearchCandidates.Candidate] = [], sections: Int = 0) -> LexicalMatches {
            LexicalMatches(
                documentations: extent.documentations, chunks: extent.chunks, allChunks: extent.allChunks, weights: selection.weights,
                required: selection.required, best: best, sections: sections)
        }
        if selection.required.isEmpty { return matches() }
        let rows = try await readBounded(
            """
            with matching as materialized (
              select c.id, c.section_id, \(Self.score(selection.weights)) as score from portolan.chunk c
              where c.terms && \(selection.required)::int[] and \(Self.within(extent.documentations)))
            select best.id, best.section_id, best.score, s.page_path,
              (select count(*) from (select from matching group by section_id) as section) as sections
            from (select * from matching order by score desc, id limit \(limit)) as best
              join portolan.section s on s.id = best.section_id
            order by best.score desc, best.id
            """)
        return matches(best: try rows.map(Self.candidate), sections: try rows.first?.decode("sections", as: Int.self) ?? 0)
    }

    package func candidates(
        beside matches: LexicalMatches, vector: [Float]?, profile: EmbeddingProfile?, limit: Int
    ) async throws -> SearchCandidates {
        guard let vector, let profile, matches.chunks > 0, let id = try await profileID(profile) else {
            return SearchCandidates(lexical: matches.best, vector: [], total: matches.sections)
        }
        let table: SQL = "portolan.\(identifier: "embedding_p\(id)")"
        let type = SQL(script: "halfvec(\(profile.dimension))")
        let query: SQL = "\(VectorText.dense(vector))::\(type)"
        let within = Self.within(matches.documentations)
        // The vectors of a narrow scope are fetched one by one; the lateral limit keeps the planner from reading those of all scopes.
        let near: SQL =
            isNarrow(matches)
            ? """
            select c.id, 1 - (e.vector::\(type) <=> \(query)) as similarity
            from (select c.id, c.checksum from portolan.chunk c where \(within) offset 0) as c
              cross join lateral (select vector from \(table) where checksum = c.checksum limit 1) as e
            order by e.vector::\(type) <=> \(query), c.id limit \(limit)
            """
            : """
            select c.id, 1 - (e.vector::\(type) <=> \(query)) as similarity
            from \(table) e join portolan.chunk c on c.checksum = e.checksum
            where \(within) order by e.vector::\(type) <=> \(query), c.id limit \(limit)
            """
        let rows = try await readBounded(
            """
            with near as materialized (\(near)),
            given as (
              select c.id, e.similarity from portolan.chunk c
                left join lateral (select 1 - (vector::\(type) <=> \(query)) as similarity from \(table)
                  where checksum = c.checksum limit 1) as e on true
              where c.id = any(\(matches.best.map(\.chunk))::bigint[]) and not exists (select from near where near.id = c.id)),
            candidate as (select id, similarity, true as is_near from near union all select id, similarity, false from given)
            select c.id, c.section_id, s.page_path, candidate.similarity, \(Self.score(matches.weights)) as score,
              candidate.is_near and not exists (
                select from portolan.chunk other
                where other.section_id = c.section_id and other.terms && \(matches.required)::int[]) as is_further
            from candidate join portolan.chunk c on c.id = candidate.id join portolan.section s on s.id = c.section_id
            order by c.id limit \(limit + matches.best.count)
            """, indexWidth: 2 * limit)
        var result = SearchCandidates(lexical: [], vector: [], total: 0)
        var further: Set<Int64> = []
        for row in rows {
            let candidate = try Self.candidate(row)
            if candidate.score > 0 { result.lexical.append(candidate) }
            if let similarity = try row.decode("similarity", as: Double?.self) {
                result.vector.append(
                    .init(chunk: candidate.chunk, section: candidate.section, page: candidate.page, score: similarity))
            }
            if try row.decode("is_further", as: Bool.self) { further.insert(candidate.section) }
        }
        result.lexical.sort { ($1.score, $0.chunk) < ($0.score, $1.chunk) }
        result.vector.sort { ($1.score, $0.chunk) < ($0.score, $1.chunk) }
        result.total = matches.sections + further.count
        return result
    }

    package func furtherMatches(
        _ matches: LexicalMatches, without sections: [Int64], offset: Int, limit: Int
    ) async throws -> [SearchCandidates.Candidate] {
        if matches.required.isEmpty { return [] }
        return try await readBounded(
            """
            with best as (
              select distinct on (c.section_id) c.id, c.section_id, \(Self.score(matches.weights)) as score from portolan.chunk c
              where c.terms && \(matches.required)::int[] and \(Self.within(matches.documentations))
                and c.section_id <> all(\(sections)::bigint[])
              order by c.section_id, score desc, c.id)
            select page.id, page.section_id, page.score, s.page_path
            from (select * from best order by score desc, id limit \(limit) offset \(offset)) as page
              join portolan.section s on s.id = page.section_id
            order by page.score desc, page.id
            """
        ).map(Self.candidate)
    }

    /// Whether to compare all vectors of the scope. The index meets a chunk of the scope the more seldom the smaller its share is.
    private func isNarrow(_ matches: LexicalMatches) -> Bool {
        let chunks = Double(matches.chunks)
        return matches.chunks <= exactScope && chunks * chunks <= indexCost * Double(matches.allChunks)
    }

    private struct Extent {
        /// The documentations of the scope; nil for all.
        var documentations: [DocumentationID]?
        /// Chunks in the scope.
        var chunks = 0
        var allChunks = 0
        /// For each term the chunks in the scope that have it.
        var frequencies: [(term: Int32, chunks: Int)] = []
    }

    private func extent(of scope: SearchScope, terms: [Int32], access: LibraryAccess) async throws -> Extent {
        let isBounded = scope != SearchScope() || access != .all
        let statement: SQL =
            isBounded
            ? """
            with scope as materialized (
              select d.id, d.chunk_count from portolan.documentation d join portolan.library_version v on v.id = d.version_id
              join portolan.library l on l.id = v.library_id
              where \(ScopeFilter.condition(scope)) and \(AccessFilter.documentation(access)))
            select id as documentation, null::int as term, chunk_count::bigint as chunks from scope
            union all
            select null, null, sum(chunk_count)::bigint from portolan.documentation
            union all
            select null, s.term, sum(s.chunks)::bigint from portolan.term_statistic s
            where s.term = any(\(terms)::int[]) and s.documentation_id in (select id from scope) group by s.term
            """
            : """
            select null::uuid as documentation, null::int as term, sum(chunk_count)::bigint as chunks
            from portolan.documentation
            union all
            select null, term, sum(chunks)::bigint from portolan.term_statistic where term = any(\(terms)::int[]) group by term
            """
        let rows = try await withFaults { try await client.query(statement) }
        var extent = Extent(documentations: isBounded ? [] : nil)
        for row in rows {
            let count = try row.decode("chunks", as: Int?.self) ?? 0
            if let term = try row.decode("term", as: Int32?.self) {
                extent.frequencies.append((term, count))
            } else if let id = try row.decode("documentation", as: UUID?.self) {
                extent.documentations?.append(DocumentationID(id))
                extent.chunks += count
            } else {
                extent.allChunks = count
            }
        }
        if !isBounded { extent.chunks = extent.allChunks }
        // A caller who may see all that there is to find asks as one without bounds does: thousands of identifiers need not be compared. What is
        // published between two statements is left out with the passages.
        if scope == SearchScope(), extent.chunks == extent.allChunks { extent.documentations = nil }
        return extent
    }

    /// Runs a statement that may take long on a leased connection, where a caller who goes away cancels it and nobody waits behind it.
    ///
    /// - Parameter indexWidth: rows that the vector index is asked for at a time. It hands out 40 by default, which a narrow scope may
    ///   throw away one and all: it must be wider than the leg, and go on until the leg is full. Source: pgvector README, "Iterative Index
    ///   Scans". The same for every page of a walk: with another width the index finds other neighbors.
    private func readBounded(_ statement: SQL, indexWidth: Int = 40, function: String = #function) async throws -> Rows {
        try await withFaults {
            let role = try await client.readerRole()
            return try await client.withTransaction(timeLimit: timeLimit) { connection in
                // The arrays in the parameters decide between plans; compiling one would take longer than running it. Every table here has
                // an index that answers; until new rows are analyzed, the planner expects hundreds of vectors with one checksum, and would
                // read the table for each candidate.
                _ = try await connection.query(
                    """
                    select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
                      set_config('enable_seqscan', 'off', true), set_config('hnsw.iterative_scan', 'strict_order', true),
                      set_config('hnsw.ef_search', \("\(min(max(indexWidth, 40), 1000))"), true), set_config('role', \(role), true)
                    """)
                return try await connection.query(statement, function: function)
            }
        }
    }

    private static func score(_ weights: [(term: Int32, weight: Float)]) -> SQL {
        "(-(c.weights <#> \(VectorText.sparse(weights))::sparsevec))"
    }

    private static func within(_ documentations: [DocumentationID]?) -> SQL {
        guard let documentations else { return "true" }
        return "c.documentation_id = any(\(documentations.map(\.uuid))::uuid[])"
    }

    private static func candidate(_ row: Row) throws -> SearchCandidates.Candidate {
        SearchCandidates.Candidate(
            chunk: try row.decode("id", as: Int64.self), section: try row.decode("section_id", as: Int64.self),
            page: try row.decode("page_path", as: String.self), score: try row.decode("score", as: Double.self))
    }
}
