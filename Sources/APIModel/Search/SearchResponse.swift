/// Reply to `GET /v1/search` and `GET /v1/documentation/{id}/search`, best first.
package struct SearchResponse: Sendable, Hashable, Codable {
    /// The results of this page.
    package var items: [SearchHit]
    /// How they were found.
    package var searchMode: SearchMode
    /// How many sections match in all.
    package var total: Int
    /// Whether the token budget or the page left results out.
    package var isPartial: Bool
    /// Asks for the page after this one; nil on the last.
    package var nextCursor: String?
    /// Whether something that belongs to a full answer was away.
    package var isDegraded: Bool
    /// What was away, when degraded.
    package var reasons: [String]

    /// - Parameters: see the properties.
    package init(
        items: [SearchHit], searchMode: SearchMode, total: Int, isPartial: Bool = false, nextCursor: String? = nil,
        isDegraded: Bool = false, reasons: [String] = []
    ) {
        (self.items, self.searchMode, self.total, self.isPartial) = (items, searchMode, total, isPartial)
        (self.nextCursor, self.isDegraded, self.reasons) = (nextCursor, isDegraded, reasons)
    }

    package enum CodingKeys: String, CodingKey {
        case items
        case searchMode = "search_mode"
        case total
        case isPartial = "partial"
        case nextCursor = "next_cursor"
        case isDegraded = "degraded"
        case reasons
    }
}
