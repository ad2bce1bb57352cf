/// How a search was answered.
package enum SearchMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// By words and vectors together.
    case hybrid
    /// By words alone, because vectors or the embedder were not there.
    case keywordFallback = "keyword_fallback"
}
