/// Where documents come from: walks a source and hands out what it finds.
package protocol DocumentSource: Sendable {
    /// Walks everything that `plan` covers.
    ///
    /// - Parameters:
    ///   - known: what an earlier crawl stored about an address, for conditional requests; `nil` to read the page anew. Called once for
    ///     each address before its first request, from several tasks at once.
    ///   - visited: outcomes that an interrupted run of the same job has reported already: their pages are not read again, their links are
    ///     walked.
    ///   - onPage: called for one outcome at a time, in breadth-first order of completion; the page comes with `fetched`. While it runs, no
    ///     more than twice the plan's concurrency of pages wait in memory.
    /// - Returns: the summary, `visited` included.
    /// - Throws: ``Fault`` with field `web_url` when the start page cannot be read; what `onPage` throws, at once, which is how a caller
    ///   stops a crawl between two pages; `CancellationError`. Requests in flight are ended before it throws.
    func crawl(
        _ plan: CrawlPlan,
        known: @escaping @Sendable (SiteURL) async throws -> KnownPage?,
        visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary
}
