/// The lexical leg of a search: the best chunks by their words, and what its further statements need to know of it.
package struct LexicalMatches: Sendable {
    /// The documentations that the search looks into; nil for all.
    package let documentations: [DocumentationID]?
    /// Chunks in these documentations.
    package let chunks: Int
    /// Chunks in all documentations.
    package let allChunks: Int
    /// The query's terms that occur in these documentations with their inverse document frequencies, by rising term.
    package let weights: [(term: Int32, weight: Float)]
    /// The terms of which a chunk must have at least one to match; all of them are in `weights`.
    package let required: [Int32]
    /// The best matching chunks, best first; equal scores by identifier.
    package let best: [SearchCandidates.Candidate]
    /// Sections with a matching chunk.
    package let sections: Int

    package init(
        documentations: [DocumentationID]?, chunks: Int, allChunks: Int, weights: [(term: Int32, weight: Float)],
        required: [Int32], best: [SearchCandidates.Candidate], sections: Int
    ) {
        self.documentations = documentations
        self.chunks = chunks
        self.allChunks = allChunks
        self.weights = weights
        self.required = required
        self.best = best
        self.sections = sections
    }
}
