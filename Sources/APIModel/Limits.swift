/// Bounds of the REST routes: the server refuses what is outside, the command line says so before it asks.
package enum Limits {
    /// Bytes of a start URL.
    package static let webURLBytes = 1...2048
    /// Links that a crawl follows from the start page.
    package static let crawlDepth = 0...10
    /// The depth without one in the request.
    package static let defaultCrawlDepth = 3
    /// Globs in each of the two lists.
    package static let patternCount = 0...50
    /// Bytes of a glob.
    package static let patternBytes = 1...500
    /// Characters of a library's name, and of a version that is asked for.
    package static let nameLength = 1...200
    /// Characters of the version of something that is ingested.
    package static let versionLength = 1...100
    /// Characters of the header `Idempotency-Key`.
    package static let idempotencyKeyLength = 1...255

    /// Characters of a query.
    package static let queryLength = 2...2000
    /// Results of a search.
    package static let searchLimit = 1...100
    /// Results of a search without a limit in the request.
    package static let defaultSearchLimit = 20
    /// Token budget of a reply; a token is 4 bytes of UTF-8.
    package static let maxTokens = 100...100_000
    /// The same for agents, whose answers are read into a context.
    package static let agentTokens = 100...14_000
    /// The same for the content of a section: 32 KiB.
    package static let contentTokens = 100...8_192
    /// The budget without one in the request.
    package static let defaultMaxTokens = 4000

    /// Jobs on a page.
    package static let jobLimit = 1...500
    /// Jobs on a page without a limit in the request.
    package static let defaultJobLimit = 100
    /// Documentations, libraries or sources on a page.
    package static let documentationLimit = 1...100
    /// The same without a limit in the request.
    package static let defaultDocumentationLimit = 20
    /// Sections on a page.
    package static let sectionLimit = 1...200
    /// Sections on a page without a limit in the request.
    package static let defaultSectionLimit = 50
    /// Crawl outcomes on a page.
    package static let outcomeLimit = 1...1000
    /// Crawl outcomes on a page without a limit in the request.
    package static let defaultOutcomeLimit = 200
    /// Levels of a tree.
    package static let treeDepth = 1...20
    /// Items before the page, for routes that count.
    package static let offset = 0...1_000_000
}
