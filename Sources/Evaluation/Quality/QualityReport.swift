import FoundationEssentials

/// What was measured for one set of questions.
struct QualityReport: Sendable, Codable {
    let set: String
    let documentation: String
    /// Scores by leg: `lexical`, `vector`, `fusion`.
    let scores: [String: RankingScore]
    /// Milliseconds of a whole search, query embedding included: median and 99th percentile.
    let medianMilliseconds: Double
    let slowestMilliseconds: Double
    /// Where the fusion misses what is asked of it; empty when it passes.
    let misses: [String]

    static let legs = ["lexical", "vector", "fusion"]

    /// The lines of the table, one for each leg.
    var lines: [String] {
        Self.legs.compactMap { leg in
            guard let score = scores[leg] else { return nil }
            let figures = [score.hitAt1, score.hitAt5, score.hitAt10, score.reciprocalRank, score.gainAt10].map { Self.fixed($0, 4) }
            let times = leg == "fusion" ? [Self.fixed(medianMilliseconds, 1), Self.fixed(slowestMilliseconds, 1)] : ["", ""]
            let verdict = leg == "fusion" ? (misses.isEmpty ? "" : "MISSED " + misses.joined(separator: ", ")) : ""
            let cells = ["\(set) (\(score.questions))", documentation, leg] + figures + times + [verdict]
            return "| " + cells.joined(separator: " | ") + " |"
        }
    }

    static let header = """
        | questions | documentation | leg | hit@1 | hit@5 | hit@10 | MRR | nDCG@10 | p50 ms | p99 ms | gate |
        |---|---|---|---|---|---|---|---|---|---|---|
        """

    /// A number with `digits` after the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let text = String(Int((value * scale).rounded()))
        if digits == 0 { return text }
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}
