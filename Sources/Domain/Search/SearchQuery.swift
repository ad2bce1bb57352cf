/// What to search and where.
package struct SearchQuery: Sendable, Hashable {
    package let text: String
    package let scope: SearchScope
    /// Results on a page, 1 to 100.
    package private(set) var limit: Int
    /// Results to leave out at the start.
    package let offset: Int

    package static let textRange = 2...2000

    /// - Throws: ``Fault`` of category `validation` when the trimmed text has fewer than 2 or more than 2,000 characters.
    package init(text: String, scope: SearchScope = SearchScope(), limit: Int = 10, offset: Int = 0) throws(Fault) {
        let trimmed = text.withoutSurroundingSpace
        let count = trimmed.unicodeScalars.count
        guard Self.textRange.contains(count) else {
            throw .invalid(field: "query", "The query has \(count) characters.", limit: "2 to 2000 characters")
        }
        guard !trimmed.unicodeScalars.contains(where: \.isInvisibleControl) else {
            throw .invalid(field: "query", "The query contains control characters.", limit: "tabs and line breaks", hint: "Remove them.")
        }
        guard (1...100).contains(limit) else { throw .invalid(field: "limit", "The limit \(limit) is out of range.", limit: "1 to 100") }
        guard (0...10_000).contains(offset) else {
            throw .invalid(field: "offset", "The offset \(offset) is out of range.", limit: "0 to 10000")
        }
        self.text = trimmed
        self.scope = scope
        self.limit = limit
        self.offset = offset
    }

    /// The same query for at most `limit` results, at least 1.
    package func limited(to limit: Int) -> SearchQuery {
        var query = self
        query.limit = min(self.limit, max(1, limit))
        return query
    }
}

/// The part of the store that a caller searches or lists.
package struct SearchScope: Sendable, Hashable {
    package var documentation: DocumentationID?
    package var library: String?
    package var version: String?

    package init(documentation: DocumentationID? = nil, library: String? = nil, version: String? = nil) {
        self.documentation = documentation
        self.library = library
        self.version = version
    }
}
