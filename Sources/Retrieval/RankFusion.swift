package import Domain

/// Weighted sum of the two legs' scores, each counted in standard deviations of its leg's candidates.
///
/// A BM25 score counts from 0, a similarity from the least one among the candidates, because similarities of a model lie close together
/// and far from 0. A chunk without a word of the query has 0 there, and one without a vector the least similarity. The sum is divided by
/// what the best of both legs together would have: 1 is the best score there is. Ties fall to the smaller chunk identifier, so that the
/// order is deterministic. Scores say more than ranks: measured against reciprocal rank fusion in `docs/retrieval.md`.
/// Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
package struct RankFusion: Sendable, Hashable {
    package let lexicalWeight: Double
    package let vectorWeight: Double

    /// - Parameters:
    ///   - lexicalWeight: at least 0.
    ///   - vectorWeight: at least 0; one of the two is positive.
    package init(lexicalWeight: Double = 0.5, vectorWeight: Double = 0.5) {
        self.lexicalWeight = lexicalWeight
        self.vectorWeight = vectorWeight
    }

    /// A chunk with its fused score.
    package struct Ranked: Sendable, Hashable {
        package let chunk: Int64
        package let section: Int64
        package let page: String
        /// 0 to 1.
        package let score: Double
    }

    /// What a leg's scores are worth.
    private struct Scale {
        let floor: Double
        /// For each unit of score above the floor.
        let weight: Double
        /// What the best score of the leg is worth.
        let best: Double

        /// - Parameters:
        ///   - leg: the leg's candidates, best first.
        ///   - floor: where its scores begin; also the score of candidates that the leg did not find.
        ///   - count: candidates of both legs.
        init(_ leg: [SearchCandidates.Candidate], floor: Double, weight: Double, count: Int) {
            self.floor = floor
            let scores = leg.map { $0.score - floor }
            let mean = scores.reduce(0, +) / Double(max(count, 1))
            let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } + Double(count - scores.count) * mean * mean
            let deviation = (squares / Double(max(count, 1))).squareRoot()
            // When all are alike, rounding aside, the leg says nothing about the order.
            self.weight = deviation > 1e-9 ? weight / deviation : 0
            best = self.weight * (scores.first ?? 0)
        }

        func worth(of score: Double) -> Double { weight * (score - floor) }
    }

    private func scales(_ candidates: SearchCandidates, count: Int) -> (lexical: Scale, vector: Scale) {
        (
            Scale(candidates.lexical, floor: 0, weight: lexicalWeight, count: count),
            Scale(candidates.vector, floor: candidates.vector.last?.score ?? 0, weight: vectorWeight, count: count)
        )
    }

    /// The candidates of both legs, best first; an empty leg leaves the other's order as it is.
    package func fuse(_ candidates: SearchCandidates) -> [Ranked] {
        let legs = [(candidates.lexical, lexicalWeight), (candidates.vector, vectorWeight)].filter { $0.1 > 0 }.map(\.0)
        var facts: [Int64: SearchCandidates.Candidate] = [:]
        for leg in legs { for candidate in leg { facts[candidate.chunk] = candidate } }
        let scales = scales(candidates, count: facts.count)
        var worths: [Int64: Double] = [:]
        for candidate in candidates.lexical { worths[candidate.chunk, default: 0] += scales.lexical.worth(of: candidate.score) }
        for candidate in candidates.vector { worths[candidate.chunk, default: 0] += scales.vector.worth(of: candidate.score) }
        let best = scales.lexical.best + scales.vector.best
        return facts.values.map { candidate in
            // One candidate, or all alike: each is the best.
            let score = best > 0 ? (worths[candidate.chunk] ?? 0) / best : 1
            return Ranked(chunk: candidate.chunk, section: candidate.section, page: candidate.page, score: min(score, 1))
        }.sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }
    }

    /// Ranks what comes behind `fused`, which only the lexical leg has found: in its order, and none above the last of `fused`.
    package func continued(
        _ matches: [SearchCandidates.Candidate], after fused: [Ranked], of candidates: SearchCandidates
    ) -> [Ranked] {
        let scales = scales(candidates, count: Set((candidates.lexical + candidates.vector).map(\.chunk)).count)
        let best = scales.lexical.best + scales.vector.best
        let ceiling = fused.last?.score ?? 1
        return matches.map { match in
            let score = best > 0 ? scales.lexical.worth(of: match.score) / best : ceiling
            return Ranked(chunk: match.chunk, section: match.section, page: match.page, score: min(score, ceiling))
        }
    }

    /// The best chunk of each section, in order.
    package func bestOfEachSection(_ ranked: [Ranked]) -> [Ranked] {
        var seen: Set<Int64> = []
        return ranked.filter { seen.insert($0.section).inserted }
    }
}
