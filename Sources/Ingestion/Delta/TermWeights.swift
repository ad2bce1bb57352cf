/// The document side of BM25: how much each term of a chunk counts, whatever the query.
///
/// `tf·(k1 + 1) / (tf + k1·(1 − b + b·length / average))`. The average length is a constant rather than a statistic of the collection: a
/// statistic would change every chunk's weights with every new page, and chunks are cut to one size anyway.
/// Source: Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
package struct TermWeights: Sendable, Hashable {
    /// Where a term's frequency saturates.
    package let k1: Float
    /// How much length counts, 0 to 1.
    package let b: Float
    /// Length of an average chunk, in terms.
    package let averageLength: Float

    package init(k1: Float = 1.2, b: Float = 0.4, averageLength: Float = 120) {
        self.k1 = k1
        self.b = b
        self.averageLength = averageLength
    }

    /// Weights by term from field-weighted frequencies; all positive.
    package func weights(frequencies: [Int32: Float]) -> [Int32: Float] {
        let length = frequencies.values.reduce(0, +)
        let norm = k1 * (1 - b + b * length / averageLength)
        return frequencies.mapValues { $0 * (k1 + 1) / ($0 + norm) }
    }
}
