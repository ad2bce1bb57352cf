package import Domain

/// Which legs a search had.
package enum SearchMode: String, Sendable, Hashable, CaseIterable {
    case hybrid
    case keywordFallback = "keyword_fallback"
}

/// One result: a section, by its best passage.
package struct SearchHit: Sendable {
    package let section: Section
    /// The section's address with the fragment of the nearest heading.
    package let url: String
    /// Titles from the page down to the passage.
    package let headingPath: [String]
    package let excerpt: String
    /// 0 to 1; comparable within one answer only.
    package let score: Double
    /// What each channel says of the passage; empty unless asked for.
    package let signals: [SearchSignal]
}

/// One of the two legs of a search.
package enum SearchChannel: String, Sendable, Hashable, CaseIterable {
    case bm25, dense

    /// A leg, and what it did.
    package struct Report: Sendable, Hashable {
        package let channel: SearchChannel
        /// Its part in the fused score.
        package let weight: Double
        /// Passages that it brought.
        package let candidates: Int
        package let took: Duration
    }
}

/// The place of a passage in one channel.
package struct SearchSignal: Sendable, Hashable {
    package let channel: SearchChannel
    /// From 1.
    package let rank: Int
    /// BM25 score, or cosine similarity.
    package let score: Double
}

/// What kept an answer from carrying more.
package enum LimitReason: String, Sendable, Hashable, CaseIterable {
    /// There is no more.
    case none
    /// The page is full.
    case pageSize = "page_size"
    /// The token budget: a larger one carries more.
    case tokenCap = "token_cap"
    /// The bound on text that no request can raise.
    case byteCap = "byte_cap"
}

/// A page of results.
package struct SearchAnswer: Sendable {
    package let hits: [SearchHit]
    package let mode: SearchMode
    /// Results that a walk by cursors meets: sections that match by a word, and those that the vector leg adds.
    package let total: Int
    /// Whether the token budget dropped results of this page.
    package let isPartial: Bool
    /// Why the page ends where it does, and its excerpts where they do.
    package let limitReason: LimitReason
    /// Where the next page begins; nil at the end.
    package let nextCursor: String?
    /// Why the answer is less than whole, such as `embedder_unavailable`; empty when it is whole.
    package private(set) var reasons: [String]
    /// What the channels did.
    package let channels: [SearchChannel.Report]

    /// The same answer that is less than whole for one more reason.
    package func adding(reason: String) -> SearchAnswer {
        var answer = self
        answer.reasons.append(reason)
        return answer
    }
}
