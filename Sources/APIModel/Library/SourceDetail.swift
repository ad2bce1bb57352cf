package import FoundationEssentials

/// Where a documentation is fetched from, and how it is kept up to date.
package struct SourceDetail: Sendable, Hashable, Codable {
    /// Identifier of the source.
    package var id: String
    /// Kind of the source, such as `website`.
    package var kind: String
    /// The documentation that it fills.
    package var documentationID: String
    /// Its library.
    package var library: String
    /// Its version.
    package var version: String
    /// Where a run begins.
    package var rootURL: String
    /// Options of the kind.
    package var options: [String: String]
    /// Links followed from the root.
    package var crawlDepth: Int
    /// Globs of which a page has to match one.
    package var includePatterns: [String]
    /// Globs of pages to leave out.
    package var excludePatterns: [String]
    /// IDLE, RUNNING, PAUSED, DEGRADED or ERROR.
    package var state: String
    /// Seconds between looks; absent without them.
    package var pollIntervalSeconds: Int?
    /// Cron expression of the looks, in UTC; absent without one.
    package var schedule: String?
    /// Whether an operator has paused it.
    package var isPaused: Bool
    /// Whether somebody asked for a look that has not happened yet.
    package var isSyncRequested: Bool
    /// The state of the source as of the last job that was queued for it.
    package var cursor: String?
    /// When it is looked at next.
    package var nextPollAt: Date?
    /// When it was looked at last.
    package var polledAt: Date?
    /// Why it is DEGRADED or in ERROR.
    package var error: JobFailure?
    /// Webhooks that were about it, jobs that looks queued, looks that failed.
    package var received: Int
    /// See ``received``.
    package var queued: Int
    /// See ``received``.
    package var errors: Int
    /// When it was first used.
    package var createdAt: Date

    /// - Parameters: see the properties.
    package init(
        id: String, kind: String, documentationID: String, library: String, version: String, rootURL: String, options: [String: String],
        crawlDepth: Int, includePatterns: [String], excludePatterns: [String], state: String, pollIntervalSeconds: Int?, schedule: String?,
        isPaused: Bool, isSyncRequested: Bool, cursor: String?, nextPollAt: Date?, polledAt: Date?, error: JobFailure?, received: Int,
        queued: Int, errors: Int, createdAt: Date
    ) {
        (self.id, self.kind, self.documentationID, self.library, self.version) = (id, kind, documentationID, library, version)
        (self.rootURL, self.options, self.crawlDepth, self.includePatterns) = (rootURL, options, crawlDepth, includePatterns)
        (self.excludePatterns, self.state, self.pollIntervalSeconds) = (excludePatterns, state, pollIntervalSeconds)
        (self.schedule, self.isPaused, self.isSyncRequested, self.cursor) = (schedule, isPaused, isSyncRequested, cursor)
        (self.nextPollAt, self.polledAt, self.error, self.received) = (nextPollAt, polledAt, error, received)
        (self.queued, self.errors, self.createdAt) = (queued, errors, createdAt)
    }

    package enum CodingKeys: String, CodingKey {
        case id, kind
        case documentationID = "documentation_id"
        case library, version
        case rootURL = "root_url"
        case options
        case crawlDepth = "crawl_depth"
        case includePatterns = "include_patterns"
        case excludePatterns = "exclude_patterns"
        case state
        case pollIntervalSeconds = "poll_interval_seconds"
        case schedule
        case isPaused = "paused"
        case isSyncRequested = "sync_requested"
        case cursor
        case nextPollAt = "next_poll_at"
        case polledAt = "polled_at"
        case error, received, queued, errors
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
