import Domain

/// Addresses that a site lists itself.
struct CrawlSeeds: Sendable {
    /// Pages of the sitemaps, in their order, each once; all in scope.
    var pages: [LinkResolver.Link] = []
    /// When the sitemaps say that a page changed, by key.
    var dates: [String: String] = [:]
    /// Links of `llms.txt`: mostly Markdown files beside the pages, so the pages come first.
    var late: [LinkResolver.Link] = []
    /// Lists that could not be read, or not wholly.
    var outcomes: [PageOutcome] = []
}
