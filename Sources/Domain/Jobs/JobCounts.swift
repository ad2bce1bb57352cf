/// What a job has done so far; every count only grows.
package struct JobCounts: Sendable, Hashable {
    /// Pages whose outcome is known, whatever it was.
    package var pagesProcessed = 0
    /// Pages by outcome name, such as `fetched`, `not_modified`, `skipped`, `failed`.
    package var pagesByOutcome: [String: Int] = [:]
    package var sectionsChanged = 0
    package var sectionsUnchanged = 0
    package var sectionsDeleted = 0
    /// Pages that the crawl missed and that stay until the next complete crawl misses them too, because they are too many at once.
    package var pagesHeldBack = 0
    /// Chunks whose vector was computed by this job.
    package var chunksEmbedded = 0
    /// Chunks whose vector was there already.
    package var chunksReused = 0

    package init() {}
}
