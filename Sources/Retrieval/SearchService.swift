package import Domain
import Primitives
import Processing

/// Finds sections: both legs, fused, one result for each section, inside a token budget.
package struct SearchService: Sendable {
    let store: any SearchStore
    let embedding: QueryEmbedding
    let fusion: RankFusion
    private let cursorKey = Locked<[UInt8]?>(nil)

    /// Candidates of each leg, the same for every page: with more of them a later page would be ranked in another way, and results would
    /// come twice or never.
    private static let candidates = 400

    package init(store: any SearchStore, embedding: QueryEmbedding, fusion: RankFusion = RankFusion()) {
        self.store = store
        self.embedding = embedding
        self.fusion = fusion
    }

    /// Searches.
    ///
    /// - Parameters:
    ///   - query: what and where.
    ///   - cursor: `nextCursor` of an earlier answer to the same query; replaces the query's offset.
    ///   - budget: how much text the hits may carry; nil for full excerpts.
    /// - Throws: ``Domain/Fault``: `notFound` for a scope that does not exist, `validation` for a foreign cursor. Cancellation stops the
    ///   statement in the database.
    package func search(_ query: SearchQuery, cursor: String? = nil, budget: TokenBudget? = nil) async throws -> SearchAnswer {
        try check(try await store.resolve(query.scope), query.scope)
        let identity = Self.identity(of: query)
        let key = try await key()
        let offset = try cursor.map { try SearchCursor($0, for: identity, key: key).offset } ?? query.offset
        let terms = Self.terms(of: query.text)
        let embedded = await embedding.vector(for: query.text)
        let candidates = try await store.candidates(
            terms: terms, vector: embedded.vector, profile: embedded.profile, scope: query.scope, limit: Self.candidates)
        let ranked = fusion.bestOfEachSection(fusion.fuse(candidates))
        let page = Array(ranked.dropFirst(offset).prefix(query.limit))
        let passages = try await store.passages(page.map(\.chunk))
        let (hits, dropped) = Self.fit(page, passages, budget: budget)
        let end = offset + page.count - dropped
        var reasons = embedded.reasons
        // Vectors may be missing while a first ingestion is still embedding: the answer is then lexical, and says so.
        let mode: SearchMode = candidates.vector.isEmpty ? .keywordFallback : .hybrid
        if mode == .keywordFallback, reasons.isEmpty, !ranked.isEmpty { reasons = ["vectors_missing"] }
        return SearchAnswer(
            hits: hits, mode: mode, total: max(candidates.total, ranked.count), isPartial: dropped > 0,
            nextCursor: end < ranked.count ? SearchCursor(offset: end).encoded(for: identity, key: key) : nil, reasons: reasons)
    }

    /// Ranks the candidates of `query` by page, for evaluation: each page once, by its best chunk.
    package func rankedPages(_ query: SearchQuery, fusion: RankFusion, limit: Int) async throws -> [String] {
        let terms = Self.terms(of: query.text)
        let embedded = await embedding.vector(for: query.text)
        let candidates = try await store.candidates(
            terms: terms, vector: embedded.vector, profile: embedded.profile, scope: query.scope, limit: limit)
        var seen: Set<String> = []
        return fusion.fuse(candidates).map(\.page).filter { seen.insert($0).inserted }
    }

    private static func terms(of text: String) -> [Int32] {
        let terms = LexicalAnalyzer().queryTerms(text)
        return (terms.isEmpty ? LexicalAnalyzer().queryTerms(text, keepingStopWords: true) : terms).map(\.rawValue)
    }

    private func key() async throws -> [UInt8] {
        if let key = cursorKey.withLock({ $0 }) { return key }
        let key = try await store.cursorKey()
        cursorKey.withLock { $0 = key }
        return key
    }

    private static func identity(of query: SearchQuery) -> String {
        [query.text, query.scope.documentation?.description ?? "", query.scope.library ?? "", query.scope.version ?? ""]
            .joined(separator: "\u{1f}")
    }

    private func check(_ resolution: ScopeResolution, _ scope: SearchScope) throws(Fault) {
        switch resolution {
        case .found: return
        case .unknownDocumentation: throw .notFound("documentation", scope.documentation?.description ?? "")
        case .unknownLibrary: throw .notFound("library", scope.library ?? "")
        case .unknownVersion(let versions):
            throw Fault(
                .notFound, code: "E_UNKNOWN_VERSION", "The library \(scope.library ?? "") has no version \(scope.version ?? "").",
                field: "version", hint: "Versions that exist: \(versions.joined(separator: ", ")).")
        }
    }

    private static func fit(
        _ page: [RankFusion.Ranked], _ passages: [SearchPassage], budget: TokenBudget?
    ) -> (hits: [SearchHit], dropped: Int) {
        let byChunk = Dictionary(passages.map { ($0.chunk, $0) }, uniquingKeysWith: { first, _ in first })
        let found = page.compactMap { ranked in byChunk[ranked.chunk].map { (ranked, $0) } }
        let excerpts = found.map { $0.1.text }
        let shares: [Int]
        if let budget {
            shares = budget.shares(overheads: found.map { overhead(of: $0.1) }, excerpts: excerpts.map { TokenBudget.tokens(in: $0) })
        } else {
            shares = excerpts.map { TokenBudget.tokens(in: $0) }
        }
        let hits = zip(found, shares).map { entry, share in
            SearchHit(
                section: entry.1.section, url: entry.1.url, headingPath: entry.1.headingPath,
                excerpt: Excerpt.shortened(entry.1.text, toTokens: share), score: entry.0.score)
        }
        return (hits, found.count - hits.count)
    }

    /// Tokens of a result without its excerpt: its strings, and the names and punctuation of its fields.
    private static func overhead(of passage: SearchPassage) -> Int {
        TokenBudget.tokens(in: passage.url + passage.section.title + passage.headingPath.joined() + passage.section.uri) + 60
    }
}
