/// What the store found for a query, before fusion: the chunks of each leg with their scores, best first.
package struct SearchCandidates: Sendable {
    /// A chunk that a leg found.
    package struct Candidate: Sendable, Hashable {
        package let chunk: Int64
        package let section: Int64
        package let page: String
        /// BM25 score, or cosine similarity; higher is better.
        package let score: Double

        package init(chunk: Int64, section: Int64, page: String, score: Double) {
            self.chunk = chunk
            self.section = section
            self.page = page
            self.score = score
        }
    }

    package var lexical: [Candidate]
    package var vector: [Candidate]
    /// Sections that match at all.
    package var total: Int

    package init(lexical: [Candidate], vector: [Candidate], total: Int) {
        self.lexical = lexical
        self.vector = vector
        self.total = total
    }
}

/// A chunk with what a result shows of it.
package struct SearchPassage: Sendable {
    package let chunk: Int64
    package let section: Section
    package let text: String
    package let headingPath: [String]
    /// The section's URL with the anchor of the nearest heading.
    package let url: String

    package init(chunk: Int64, section: Section, text: String, headingPath: [String], url: String) {
        self.chunk = chunk
        self.section = section
        self.text = text
        self.headingPath = headingPath
        self.url = url
    }
}
