/// Body of `POST /v1/documentation/ingestion`. Bounds: `Limits`.
package struct StartIngestionRequest: Sendable, Hashable, Codable {
    /// Where the crawl begins.
    package var webURL: String
    /// Links followed from the start page; nil takes `Limits.defaultCrawlDepth`.
    package var crawlDepth: Int?
    /// Globs of which a page has to match one; nil or empty lets all through.
    package var includePatterns: [String]?
    /// Globs of pages to leave out.
    package var excludePatterns: [String]?
    /// The library; nil takes the host's name.
    package var library: String?
    /// The library's version; nil takes `latest`.
    package var version: String?
    /// The job that this one repeats.
    package var retryOf: String?
    /// Kind of the source; nil takes `website`.
    package var kind: String?
    /// Options of the kind, by name.
    package var options: [String: String]?
    /// Whether the job may delete more than a fifth of the pages at once; nil takes false.
    package var allowMassDelete: Bool?
    /// How soon the job runs; nil takes high, since somebody asks. Bulk work is a good neighbor with normal.
    package var priority: RunPriority?

    /// - Parameters: see the properties.
    package init(
        webURL: String, crawlDepth: Int? = nil, includePatterns: [String]? = nil, excludePatterns: [String]? = nil, library: String? = nil,
        version: String? = nil, retryOf: String? = nil, kind: String? = nil, options: [String: String]? = nil,
        allowMassDelete: Bool? = nil, priority: RunPriority? = nil
    ) {
        (self.webURL, self.crawlDepth) = (webURL, crawlDepth)
        (self.includePatterns, self.excludePatterns) = (includePatterns, excludePatterns)
        (self.library, self.version, self.retryOf) = (library, version, retryOf)
        (self.kind, self.options, self.allowMassDelete, self.priority) = (kind, options, allowMassDelete, priority)
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case webURL = "web_url"
        case crawlDepth = "crawl_depth"
        case includePatterns = "include_patterns"
        case excludePatterns = "exclude_patterns"
        case library, version
        case retryOf = "retry_of"
        case kind, options
        case allowMassDelete = "allow_mass_delete"
        case priority
    }
}
