package import FoundationEssentials

/// Where a documentation is fetched from; item of `GET /v1/sources`.
package struct SourceDetail: Sendable, Hashable, Codable {
    /// Identifier of the source.
    package var id: String
    /// Kind of the source, such as `web`.
    package var kind: String
    /// The documentation that it fills.
    package var documentationID: String
    /// Its library.
    package var library: String
    /// Its version.
    package var version: String
    /// Where a run begins.
    package var rootURL: String
    /// Links followed from there.
    package var crawlDepth: Int
    /// Globs of which a page has to match one.
    package var includePatterns: [String]
    /// Globs of pages to leave out.
    package var excludePatterns: [String]
    /// When it was first used.
    package var createdAt: Date

    /// - Parameters: see the properties.
    package init(
        id: String, kind: String, documentationID: String, library: String, version: String, rootURL: String, crawlDepth: Int,
        includePatterns: [String], excludePatterns: [String], createdAt: Date
    ) {
        (self.id, self.kind, self.documentationID, self.library, self.version) = (id, kind, documentationID, library, version)
        (self.rootURL, self.crawlDepth, self.includePatterns) = (rootURL, crawlDepth, includePatterns)
        (self.excludePatterns, self.createdAt) = (excludePatterns, createdAt)
    }

    package enum CodingKeys: String, CodingKey {
        case id, kind
        case documentationID = "documentation_id"
        case library, version
        case rootURL = "root_url"
        case crawlDepth = "crawl_depth"
        case includePatterns = "include_patterns"
        case excludePatterns = "exclude_patterns"
        case createdAt = "created_at"
    }
}

/// Reply to `GET /v1/sources`.
package struct SourceList: Sendable, Hashable, Codable {
    /// The sources of this page.
    package var items: [SourceDetail]
    /// Where it lies among all.
    package var meta: PageMeta

    /// - Parameters: see the properties.
    package init(items: [SourceDetail], meta: PageMeta) { (self.items, self.meta) = (items, meta) }
}
