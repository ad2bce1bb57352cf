package import Domain
import Primitives
import Processing

/// Finds sections: both legs, fused, one result for each section, inside a token budget.
package struct SearchService: Sendable {
    let store: any SearchStore
    let embedding: QueryEmbedding
    /// How the legs are weighed.
    package let fusion: RankFusion
    private let cursorKey = Locked<[UInt8]?>(nil)

    /// Chunks of each leg that are fused, the same for every page: with more of them a later page would be ranked in another way, and
    /// results would come twice or never.
    private static let candidates = 100

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
    ///   - explains: whether each hit says what the channels make of it.
    ///   - access: what the caller may see.
    /// - Throws: ``Domain/Fault``: `notFound` for a scope that does not exist, `validation` for a foreign cursor. Cancellation stops the
    ///   statement in the database.
    package func search(
        _ query: SearchQuery, cursor: String? = nil, budget: TokenBudget? = nil, explains: Bool = false, access: LibraryAccess
    ) async throws -> SearchAnswer {
        try await check(query.scope, access: access)
        let identity = Self.identity(of: query)
        let key = try await signingKey()
        let offset = try cursor.map { try SearchCursor($0, for: identity, key: key).offset } ?? query.offset
        let found = try await find(query, access)
        let fused = fusion.bestOfEachSection(fusion.fuse(found.candidates))
        var page = Array(fused.dropFirst(offset).prefix(query.limit))
        if page.count < query.limit, fused.count < found.candidates.total {
            // Behind the fused sections come those that only match by words, so that a walk meets everything that `total` counts.
            let more = try await store.furtherMatches(
                found.matches, without: fused.map(\.section), offset: max(0, offset - fused.count), limit: query.limit - page.count)
            page += fusion.continued(more, after: fused, of: found.candidates)
        }
        let passages = try await store.passages(page.map(\.chunk), access: access)
        let (hits, shown, dropped, cap) = Self.fit(
            page, passages, budget: budget, signals: explains ? Self.signals(found.candidates) : [:])
        let end = offset + shown
        var reasons = found.embedded.reasons
        // Vectors may be missing while a first ingestion is still embedding: the answer is then lexical, and says so.
        let mode: SearchMode = found.candidates.vector.isEmpty ? .keywordFallback : .hybrid
        if mode == .keywordFallback, reasons.isEmpty, !fused.isEmpty { reasons = ["vectors_missing"] }
        let isLast = end >= found.candidates.total || page.isEmpty
        return SearchAnswer(
            hits: hits, mode: mode, total: found.candidates.total, isPartial: dropped > 0, limitReason: cap ?? (isLast ? .none : .pageSize),
            nextCursor: isLast ? nil : SearchCursor(offset: end).encoded(for: identity, key: key), reasons: reasons,
            channels: [
                .init(
                    channel: .bm25, weight: fusion.lexicalWeight, candidates: found.candidates.lexical.count, took: found.lexicalTime),
                .init(channel: .dense, weight: fusion.vectorWeight, candidates: found.candidates.vector.count, took: found.vectorTime),
            ])
    }

    /// What each channel says of each candidate.
    private static func signals(_ candidates: SearchCandidates) -> [Int64: [SearchSignal]] {
        var signals: [Int64: [SearchSignal]] = [:]
        for (channel, leg) in [(SearchChannel.bm25, candidates.lexical), (.dense, candidates.vector)] {
            for (index, candidate) in leg.enumerated() {
                signals[candidate.chunk, default: []].append(SearchSignal(channel: channel, rank: index + 1, score: candidate.score))
            }
        }
        return signals
    }

    /// Ranks the candidates of `query` by page, for evaluation: each page once, by its best chunk.
    package func rankedPages(_ query: SearchQuery, fusion: RankFusion) async throws -> [String] {
        let found = try await find(query, .all)
        var seen: Set<String> = []
        return fusion.fuse(found.candidates).map(\.page).filter { seen.insert($0).inserted }
    }

    /// What both legs find.
    private struct Found {
        let matches: LexicalMatches
        let candidates: SearchCandidates
        let embedded: QueryEmbedding.Result
        let lexicalTime: Duration
        /// With the time that the embedder took.
        let vectorTime: Duration
    }

    /// Asks both legs. The words are looked up while the vector is computed.
    private func find(_ query: SearchQuery, _ access: LibraryAccess) async throws -> Found {
        let clock = ContinuousClock()
        async let matching = { () async throws -> (LexicalMatches, Duration) in
            let start = clock.now
            let matches = try await store.matches(
                Self.terms(of: query.text), scope: query.scope, limit: Self.candidates, access: access)
            return (matches, start.duration(to: clock.now))
        }()
        let start = clock.now
        let embedded = await embedding.vector(for: query.text)
        let embeddingTime = start.duration(to: clock.now)
        let (matches, lexicalTime) = try await matching
        let middle = clock.now
        let candidates = try await store.candidates(
            beside: matches, vector: embedded.vector, profile: embedded.profile, limit: Self.candidates)
        return Found(
            matches: matches, candidates: candidates, embedded: embedded, lexicalTime: lexicalTime,
            vectorTime: embeddingTime + middle.duration(to: clock.now))
    }

    private static func terms(of text: String) -> [Int32] {
        let terms = LexicalAnalyzer().queryTerms(text)
        return (terms.isEmpty ? LexicalAnalyzer().queryTerms(text, keepingStopWords: true) : terms).map(\.rawValue)
    }

    /// The key that signs cursors, the same on every replica and after a restart.
    package func signingKey() async throws -> [UInt8] {
        if let key = cursorKey.withLock({ $0 }) { return key }
        let key = try await store.cursorKey()
        cursorKey.withLock { $0 = key }
        return key
    }

    private static func identity(of query: SearchQuery) -> String {
        [query.text, query.scope.documentation?.description ?? "", query.scope.library ?? "", query.scope.version ?? ""]
            .joined(separator: "\u{1f}")
    }

    /// Throws ``Domain/Fault`` of category `notFound` for a scope that does not exist; it names what there is instead.
    package func check(_ scope: SearchScope, access: LibraryAccess) async throws {
        switch try await store.resolve(scope, access: access) {
        case .found: return
        case .unknownDocumentation: throw Fault.notFound("documentation", scope.documentation?.description ?? "")
        case .unknownLibrary(let names):
            let name = scope.library ?? ""
            // Those that begin alike first, because the list may be cut.
            let near = names.sorted { (Self.alike($1, name), $0) < (Self.alike($0, name), $1) }
            throw Fault(
                .notFound, code: "E_UNKNOWN_LIBRARY", "There is no library \(name).", field: "library",
                hint: names.isEmpty ? "There are no libraries." : "Libraries that exist: \(Self.listed(near)).")
        case .unknownVersion(let versions):
            let (owner, version) = (scope.library.map { "The library \($0) has no" } ?? "No library has the", scope.version ?? "")
            throw Fault(
                .notFound, code: "E_UNKNOWN_VERSION", "\(owner) version \(version).", field: "version",
                hint: "Versions that exist: \(Self.listed(versions)).")
        }
    }

    /// Names that a hint holds at most.
    private static let namedInHint = 100

    private static func listed(_ names: [String]) -> String {
        let more = names.count - namedInHint
        return names.prefix(namedInHint).joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
    }

    /// Characters with which both begin.
    private static func alike(_ name: String, _ other: String) -> Int { zip(name, other).prefix { $0.0 == $0.1 }.count }

    private static func fit(
        _ page: [RankFusion.Ranked], _ passages: [SearchPassage], budget: TokenBudget?, signals: [Int64: [SearchSignal]]
    ) -> (hits: [SearchHit], shown: Int, dropped: Int, cap: LimitReason?) {
        let byChunk = Dictionary(passages.map { ($0.chunk, $0) }, uniquingKeysWith: { first, _ in first })
        let found = page.compactMap { ranked in byChunk[ranked.chunk].map { (ranked, $0) } }
        // Where there is nothing but headings they are what was found.
        let excerpts = found.map { $0.1.text.isEmpty ? $0.1.headingPath.joined(separator: " > ") : $0.1.text }
        let shares: [Int]
        if let budget {
            shares = budget.shares(overheads: found.map { overhead(of: $0.1) }, excerpts: excerpts.map { TokenBudget.tokens(in: $0) })
        } else {
            shares = excerpts.map { TokenBudget.tokens(in: $0) }
        }
        let hits = zip(zip(found, excerpts), shares).map { found, share in
            let (entry, excerpt) = found
            return SearchHit(
                section: entry.1.section, url: entry.1.url, headingPath: entry.1.headingPath,
                excerpt: Excerpt.shortened(excerpt, toTokens: share), score: entry.0.score,
                signals: signals[entry.0.chunk] ?? [])
        }
        let wanted = excerpts.reduce(0) { $0 + TokenBudget.tokens(in: $1) }
        // The next page begins behind the last hit that is shown: an entry of the page whose passage is gone, as after a publication in between, is
        // neither a hit nor dropped.
        let shown = hits.count < found.count ? page.firstIndex { $0.chunk == found[hits.count].0.chunk } ?? page.count : page.count
        guard let budget, shares.reduce(0, +) < wanted || hits.count < found.count else { return (hits, page.count, 0, nil) }
        return (hits, shown, found.count - hits.count, shares.reduce(0, +) >= budget.textTokens ? .byteCap : .tokenCap)
    }

    /// Tokens of a result without its excerpt: its strings, and the names and punctuation of its fields.
    private static func overhead(of passage: SearchPassage) -> Int {
        TokenBudget.tokens(in: passage.url + passage.section.title + passage.headingPath.joined() + passage.section.uri) + 60
    }
}
