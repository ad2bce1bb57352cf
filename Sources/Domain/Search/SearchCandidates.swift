/// What the store found for a query, before fusion: the chunks that either leg brought, with the score of each leg.
package struct SearchCandidates: Sendable {
    /// A chunk with its score in one leg.
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

    /// Those that have a word of the query, best first; equal scores by identifier.
    package var lexical: [Candidate]
    /// Those that have a vector, best first; equal scores by identifier.
    package var vector: [Candidate]
    /// Sections that match by a word, and those that only the vector leg brought.
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
    /// What it says; for one that is only headings, how the first section below them begins, and empty where there is none.
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
