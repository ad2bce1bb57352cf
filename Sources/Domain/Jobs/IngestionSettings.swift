/// How a source is crawled, validated once at the edge.
package struct IngestionSettings: Sendable, Hashable, Codable {
    /// The start page.
    package let rootURL: String
    /// Link distance from the start page, 0 to 10.
    package let depth: Int
    /// Globs of which a URL must match one, if there are any.
    package let include: [String]
    /// Globs of which a URL must match none.
    package let exclude: [String]
    /// Pages at most, 1 to 10,000.
    package let maxPages: Int

    package static let depthRange = 0...10
    package static let defaultDepth = 3
    package static let maxPagesRange = 1...10_000
    package static let defaultMaxPages = 500
    package static let maxPatterns = 50
    package static let maxPatternLength = 500
    package static let maxURLLength = 2048

    /// Checks every bound.
    /// - Throws: ``Fault`` of category `validation` that names the field, its limit and a hint.
    package init(
        rootURL: String, depth: Int = defaultDepth, include: [String] = [], exclude: [String] = [], maxPages: Int = defaultMaxPages
    ) throws(Fault) {
        guard !rootURL.isEmpty, rootURL.utf8.count <= Self.maxURLLength else {
            throw .invalid(
                field: "web_url", "The URL is empty or too long.", limit: "1 to \(Self.maxURLLength) bytes",
                hint: "Name the start page, such as https://example.org/docs/.")
        }
        guard Self.depthRange.contains(depth) else {
            throw .invalid(
                field: "crawl_depth", "The crawl depth \(depth) is out of range.", limit: "0 to 10",
                hint: "Use 3 unless the site is unusually deep.")
        }
        guard Self.maxPagesRange.contains(maxPages) else {
            throw .invalid(
                field: "max_pages", "The page cap \(maxPages) is out of range.", limit: "1 to 10000",
                hint: "Use 500 unless the site is unusually large.")
        }
        for (field, patterns) in [("include_patterns", include), ("exclude_patterns", exclude)] {
            guard patterns.count <= Self.maxPatterns else {
                throw .invalid(
                    field: field, "There are \(patterns.count) patterns.", limit: "\(Self.maxPatterns) patterns",
                    hint: "Cover more with each pattern: ** stands for any characters.")
            }
            for pattern in patterns {
                guard !pattern.isEmpty, pattern.utf8.count <= Self.maxPatternLength else {
                    throw .invalid(
                        field: field, "A pattern is empty or too long.", limit: "1 to \(Self.maxPatternLength) bytes",
                        hint: "Use globs such as /docs/** or *.html.")
                }
            }
        }
        self.rootURL = rootURL
        self.depth = depth
        self.include = include
        self.exclude = exclude
        self.maxPages = maxPages
    }
}
