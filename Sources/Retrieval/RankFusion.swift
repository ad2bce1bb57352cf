package import Domain

/// Weighted sum of the two legs' scores, each brought to the range 0 to 1.
///
/// A BM25 score is divided by the best one of its leg; a similarity is placed between the least and the best one of its leg, because
/// similarities of a model lie close together and far from 0. A chunk that a leg did not find has 0 there, and the sum is divided by the
/// weights of the legs that found anything: 1 is the best score there is. Ties fall to the smaller chunk identifier, so that the order is
/// deterministic. Scores say more than ranks: measured against reciprocal rank fusion in `docs/retrieval.md`.
/// Source: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
package struct RankFusion: Sendable, Hashable {
    package let lexicalWeight: Double
    package let vectorWeight: Double

    /// - Parameters:
    ///   - lexicalWeight: at least 0.
    ///   - vectorWeight: at least 0; one of the two is positive.
    package init(lexicalWeight: Double = 0.55, vectorWeight: Double = 0.45) {
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

    /// The candidates of both legs, best first; an empty leg leaves the other's order as it is.
    package func fuse(_ candidates: SearchCandidates) -> [Ranked] {
        var scores: [Int64: Double] = [:]
        var facts: [Int64: SearchCandidates.Candidate] = [:]
        var best = 0.0
        let legs = [
            (candidates.lexical, lexicalWeight, 0.0),
            (candidates.vector, vectorWeight, candidates.vector.last?.score ?? 0),
        ]
        for (leg, weight, floor) in legs where weight > 0 {
            guard let top = leg.first?.score else { continue }
            best += weight
            for candidate in leg {
                // One candidate, or all alike: each is the best.
                scores[candidate.chunk, default: 0] += weight * (top > floor ? (candidate.score - floor) / (top - floor) : 1)
                facts[candidate.chunk] = candidate
            }
        }
        guard best > 0 else { return [] }
        return scores.compactMap { chunk, score in
            facts[chunk].map { Ranked(chunk: chunk, section: $0.section, page: $0.page, score: score / best) }
        }.sorted { ($0.score, $1.chunk) > ($1.score, $0.chunk) }
    }

    /// The best chunk of each section, in order.
    package func bestOfEachSection(_ ranked: [Ranked]) -> [Ranked] {
        var seen: Set<Int64> = []
        return ranked.filter { seen.insert($0.section).inserted }
    }
}
