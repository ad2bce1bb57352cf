import FoundationEssentials
import Glibc

/// How well the answers to a set of questions are ranked, as means over the questions.
struct RankingScore: Sendable, Codable {
    /// Number of questions.
    var questions = 0
    /// Share of questions with a relevant page at rank 1, among the first 5, among the first 10.
    var hitAt1 = 0.0
    var hitAt5 = 0.0
    var hitAt10 = 0.0
    /// Reciprocal rank of the first relevant page.
    var reciprocalRank = 0.0
    /// Normalized discounted cumulative gain of the first 10 pages with binary relevance: the gain of rank r is 1 / log2(r + 1), and 1 is
    /// the score of a ranking that begins with all relevant pages.
    var gainAt10 = 0.0

    init() {}

    /// Scores `rankings`, each with its pages best first.
    init(_ rankings: [(question: Question, pages: [String])]) {
        questions = rankings.count
        for (question, pages) in rankings {
            let ranks = pages.enumerated().filter { question.relevant.contains($0.element) }.map { $0.offset + 1 }
            guard let first = ranks.first else { continue }
            if first <= 1 { hitAt1 += 1 }
            if first <= 5 { hitAt5 += 1 }
            if first <= 10 { hitAt10 += 1 }
            reciprocalRank += 1 / Double(first)
            let ideal = (1...min(question.relevant.count, 10)).reduce(0) { $0 + Self.gain($1) }
            gainAt10 += ranks.prefix { $0 <= 10 }.reduce(0) { $0 + Self.gain($1) } / ideal
        }
        let count = Double(max(questions, 1))
        for path in [\RankingScore.hitAt1, \.hitAt5, \.hitAt10, \.reciprocalRank, \.gainAt10] { self[keyPath: path] /= count }
    }

    private static func gain(_ rank: Int) -> Double { 1 / log2(Double(rank + 1)) }
}
