import Domain
import FoundationEssentials
import Primitives
import Resilience
import Retrieval
import Testing

/// Five sections that match alike, of which the last of each page's passages may be gone: its documentation was published anew between the
/// statements.
private struct FadingStore: SearchStore {
    let gone: Set<Int64>

    private static let candidates = (1...5).map {
        SearchCandidates.Candidate(chunk: $0, section: $0, page: "/\($0)", score: 6 - Double($0))
    }

    func matches(_ terms: [Int32], scope: SearchScope, limit: Int, access: LibraryAccess) async throws -> LexicalMatches {
        LexicalMatches(
            documentations: nil, chunks: 5, allChunks: 5, weights: [(1, 1)], required: [1], best: Self.candidates, sections: 5)
    }

    func candidates(
        beside matches: LexicalMatches, vector: [Float]?, profile: EmbeddingProfile?, limit: Int
    ) async throws -> SearchCandidates { SearchCandidates(lexical: matches.best, vector: [], total: 5) }

    func furtherMatches(
        _ matches: LexicalMatches, without sections: [Int64], offset: Int, limit: Int
    ) async throws -> [SearchCandidates.Candidate] { [] }

    func passages(_ chunks: [Int64], access: LibraryAccess) async throws -> [SearchPassage] {
        chunks.filter { !gone.contains($0) }.map { chunk in
            let section = Section(
                documentation: .make(), library: "l", version: "v", path: "/\(chunk)", parentPath: nil, title: "t", headingPath: [],
                level: 0,
                url: "https://a.example/\(chunk)", summary: "", content: "", tokens: 0, fetchedAt: Date(timeIntervalSince1970: 0))
            return SearchPassage(
                chunk: chunk, section: section, text: String(repeating: "word ", count: 100), headingPath: [], url: section.url)
        }
    }

    func resolve(_ scope: SearchScope, access: LibraryAccess) async throws -> ScopeResolution { .found }
    func cursorKey() async throws -> [UInt8] { [UInt8](repeating: 1, count: 32) }
}

@Suite struct `Cursors of a search` {
    @Test(arguments: [[], [1], [3], [4], [3, 4], [1, 2], [2, 5], [5]] as [Set<Int64>], [1, 2, 3, 4, 5])
    func `A walk meets what is there once, also where passages are gone and a budget drops hits`(_ gone: Set<Int64>, _ limit: Int)
        async throws
    {
        let service = SearchService(
            store: FadingStore(gone: gone), embedding: QueryEmbedding(embedder: nil, breaker: CircuitBreaker(name: "embedder")))
        var (paths, cursor, pages): ([String], String?, Int) = ([], nil, 0)
        repeat {
            // Room for two hits or so.
            let answer = try await service.search(
                try SearchQuery(text: "word", limit: limit), cursor: cursor, budget: TokenBudget(tokens: 180), access: .all)
            paths += answer.hits.map(\.section.path)
            cursor = answer.nextCursor
            pages += 1
        } while cursor != nil && pages < 20
        #expect(paths == (1...5).filter { !gone.contains($0) }.map { "/\($0)" })
    }
}
