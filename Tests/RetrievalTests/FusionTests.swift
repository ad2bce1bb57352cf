import Domain
import Testing

@testable import Retrieval

@Suite struct `The fusion of both legs` {
    private func leg(_ chunks: Int64...) -> [SearchCandidates.Candidate] {
        chunks.enumerated().map { .init(chunk: $0.element, section: $0.element / 10, page: "/\($0.element)", score: 9 - Double($0.offset)) }
    }

    private func fuse(_ lexical: [SearchCandidates.Candidate], _ vector: [SearchCandidates.Candidate], _ fusion: RankFusion) -> [RankFusion
        .Ranked]
    { fusion.fuse(SearchCandidates(lexical: lexical, vector: vector, total: 0)) }

    @Test func `First in both legs is 1, and an empty leg leaves the other's order`() {
        #expect(fuse(leg(10, 20), leg(10, 30), RankFusion()).first?.score == 1)
        let one = fuse(leg(30, 10, 20), [], RankFusion())
        #expect(one.map(\.chunk) == [30, 10, 20] && one.first?.score == 1)
        #expect(fuse([], leg(30, 10), RankFusion()).map(\.chunk) == [30, 10])
        #expect(fuse([], [], RankFusion()).isEmpty)
        #expect(fuse(leg(10), leg(20, 30), RankFusion(lexicalWeight: 0, vectorWeight: 1)).map(\.chunk) == [20, 30])
    }

    @Test func `Ties fall to the smaller chunk`() {
        #expect(fuse(leg(50, 40), leg(40, 50), RankFusion()).map(\.chunk) == [40, 50])
        #expect(fuse(leg(40, 50), leg(50, 40), RankFusion()).map(\.chunk) == [40, 50])
        let alike = [7, 3, 5].map { SearchCandidates.Candidate(chunk: $0, section: $0, page: "", score: 2) }
        #expect(fuse(alike, alike, RankFusion()).map(\.chunk) == [3, 5, 7])
        #expect(fuse(alike, alike, RankFusion()).allSatisfy { $0.score == 1 })
    }

    @Test func `A leg counts by how far its scores are apart, not by how large they are`() {
        func candidates(_ scores: [(Int64, Double)]) -> [SearchCandidates.Candidate] {
            scores.map { .init(chunk: $0.0, section: $0.0, page: "", score: $0.1) }
        }
        let lexical = candidates([(1, 30), (2, 29), (3, 3)])
        // A thousandth between them is much when the rest lies as close.
        let vector = candidates([(2, 0.702), (3, 0.7011), (1, 0.7)])
        #expect(fuse(lexical, vector, RankFusion()).map(\.chunk) == [2, 1, 3])
        #expect(fuse(lexical, candidates([(2, 0.702), (1, 0.7019), (3, 0.1)]), RankFusion()).first?.chunk == 1)
    }

    @Test func `The leg with more weight decides`() {
        let (one, other) = (leg(10, 20), leg(20, 10))
        #expect(fuse(one, other, RankFusion(lexicalWeight: 0.9, vectorWeight: 0.1)).map(\.chunk) == [10, 20])
        #expect(fuse(one, other, RankFusion(lexicalWeight: 0.1, vectorWeight: 0.9)).map(\.chunk) == [20, 10])
    }

    @Test func `The order does not depend on the order of the candidates`() {
        // Ten of the scores are equal: only the identifier tells them apart.
        let chunks = (0..<40).map { SearchCandidates.Candidate(chunk: Int64($0), section: 0, page: "", score: Double(40 - $0 / 10)) }
        let expected = fuse(chunks, chunks, RankFusion()).map(\.chunk)
        #expect(expected == chunks.map(\.chunk))
        for _ in 0..<20 {
            let mixed = (chunks.prefix(10).shuffled() + chunks[10..<30].shuffled() + chunks.suffix(10).shuffled())
                .sorted { $0.score > $1.score }
            #expect(fuse(mixed, mixed, RankFusion()).map(\.chunk) == expected)
        }
    }

    @Test func `What follows the fused never stands above them`() {
        let fusion = RankFusion()
        let candidates = SearchCandidates(lexical: leg(10, 20), vector: leg(10, 20, 30), total: 5)
        let fused = fusion.fuse(candidates)
        let further = fusion.continued(leg(40, 50), after: fused, of: candidates)
        #expect(further.map(\.chunk) == [40, 50])
        #expect(further.allSatisfy { $0.score <= fused.last?.score ?? 0 && $0.score >= 0 })
        let alone = SearchCandidates(lexical: leg(10, 20, 30), vector: [], total: 5)
        let rest = fusion.continued(Array(leg(10, 20, 30, 40, 50).suffix(2)), after: fusion.fuse(alone), of: alone)
        #expect(zip(rest, [6.0 / 9, 5.0 / 9]).allSatisfy { abs($0.score - $1) < 1e-9 })
        #expect(fusion.continued([], after: fused, of: candidates).isEmpty)
    }

    @Test func `Of each section the best chunk stays`() {
        let fusion = RankFusion()
        let ranked = fuse(leg(21, 22, 31, 11), [], fusion)
        #expect(fusion.bestOfEachSection(ranked).map(\.chunk) == [21, 31, 11])
    }
}

@Suite struct `A token budget` {
    @Test(arguments: 0..<200)
    func `It never exceeds itself, and shortens before it drops`(_ seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let count = next(20)
        let overheads = (0..<count).map { _ in 10 + next(60) }
        let excerpts = (0..<count).map { _ in next(400) }
        let budget = TokenBudget(tokens: next(5_000))
        let shares = budget.shares(overheads: overheads, excerpts: excerpts)
        #expect(shares.count <= count && (count == 0) == shares.isEmpty)
        #expect(zip(shares, excerpts).allSatisfy { $0 >= 0 && $0 <= $1 })
        let used = zip(shares, overheads).reduce(0) { $0 + $1.0 + $1.1 }
        #expect(used <= max(budget.tokens, overheads.first ?? 0))
        let shortest = zip(overheads, excerpts).map { $0 + min($1, TokenBudget.shortestExcerpt) }
        if shares.count > 1 { #expect(shortest.prefix(shares.count).reduce(0, +) <= budget.tokens) }
        if shares.count < count { #expect(shortest.prefix(shares.count + 1).reduce(0, +) > budget.tokens) }
        // What is left over would not have lengthened an excerpt.
        if zip(shares, excerpts).contains(where: { $0 < $1 }), shares.count > 1 { #expect(budget.tokens - used < shares.count) }
    }

    @Test func `Short excerpts keep their length and the others share what is left`() {
        #expect(TokenBudget(tokens: 100).shares(overheads: [10, 10, 10], excerpts: [5, 100, 100]) == [5, 32, 33])
        #expect(TokenBudget(tokens: 1_000).shares(overheads: [10, 10], excerpts: [50, 60]) == [50, 60])
        #expect(TokenBudget(tokens: 1).shares(overheads: [10, 10], excerpts: [50, 60]) == [0])
        #expect(TokenBudget.tokens(in: "12345") == 2 && TokenBudget.tokens(in: "") == 0)
    }
}

@Suite struct `A search cursor` {
    private static let key: [UInt8] = Array(0..<32)

    @Test(arguments: [0, 1, 10, 255, 256, 10_000, 1 << 24])
    func `It comes back as it was`(_ offset: Int) throws {
        let text = SearchCursor(offset: offset).encoded(for: "query", key: Self.key)
        #expect(try SearchCursor(text, for: "query", key: Self.key).offset == offset)
        #expect(text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) })
    }

    @Test func `It is refused when a single sign differs`() {
        let text = Array(SearchCursor(offset: 20).encoded(for: "query", key: Self.key).utf8)
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == 0x30 ? 0x31 : 0x30
            #expect(throws: Fault.self) { try SearchCursor(String(decoding: changed, as: UTF8.self), for: "query", key: Self.key) }
        }
    }

    @Test(arguments: ["", "0", "zz", "00000014", String(repeating: "0", count: 40), String(repeating: "0", count: 4_000), "ä\u{0}"])
    func `Anything else is refused`(_ text: String) {
        #expect(throws: Fault.self) { try SearchCursor(text, for: "query", key: Self.key) }
    }

    @Test func `It holds for its query and key only, and not with something behind it`() {
        let text = SearchCursor(offset: 20).encoded(for: "query", key: Self.key)
        #expect(throws: Fault.self) { try SearchCursor(text, for: "query2", key: Self.key) }
        #expect(throws: Fault.self) { try SearchCursor(text, for: "query", key: Array(1..<33)) }
        #expect(throws: Fault.self) { try SearchCursor(text + "00", for: "query", key: Self.key) }
        #expect(throws: Fault.self) { try SearchCursor(String(text.dropLast(2)), for: "query", key: Self.key) }
    }
}
