package import FoundationEssentials

/// Reply to `GET /v1/documentation/ingestion/{job_id}` and item of job lists.
package struct JobDetail: Sendable, Hashable, Codable {
    /// Identifier of the job.
    package var id: String
    /// The documentation that it fills.
    package var documentationID: String
    /// Its library.
    package var library: String
    /// Its version.
    package var version: String
    /// Where the crawl begins.
    package var webURL: String
    /// State.
    package var status: JobState
    /// How soon it runs beside others; nil when the server does not say.
    package var priority: RunPriority?
    /// Progress, 0 to 100.
    package var progressPercent: Int
    /// Pages that the crawl has dealt with.
    package var pagesProcessed: Int
    /// Pages by outcome.
    package var pagesByOutcome: [String: Int]
    /// Sections written because they are new or different.
    package var sectionsChanged: Int
    /// Sections left as they are.
    package var sectionsUnchanged: Int
    /// Sections removed.
    package var sectionsDeleted: Int
    /// Pages that are gone from the source and stay until the next complete run or a job with `allow_mass_delete`, because they are many.
    package var pagesHeldBack: Int
    /// Chunks whose vector was computed.
    package var chunksEmbedded: Int
    /// Chunks whose vector was there already.
    package var chunksReused: Int
    /// Whether a stop was asked for.
    package var stopRequested: Bool
    /// Why the job failed; nil unless it did.
    package var error: JobFailure?
    /// Seconds spent in each finished stage, by its name.
    package var stageTimings: [String: Double]
    /// The job that this one repeats.
    package var retryOf: String?
    /// Follows the work into logs, messages and rows.
    package var correlationID: String
    /// When it was accepted.
    package var createdAt: Date
    /// When a worker first took it.
    package var startedAt: Date?
    /// When it ended.
    package var finishedAt: Date?
    /// Whether the verification after the job found everything in order; nil before it.
    package var readyForQueries: Bool?

    /// - Parameters: see the properties.
    package init(
        id: String, documentationID: String, library: String, version: String, webURL: String, status: JobState,
        priority: RunPriority? = nil, progressPercent: Int = 0, pagesProcessed: Int = 0, pagesByOutcome: [String: Int] = [:],
        sectionsChanged: Int = 0, sectionsUnchanged: Int = 0,
        sectionsDeleted: Int = 0, pagesHeldBack: Int = 0, chunksEmbedded: Int = 0, chunksReused: Int = 0, stopRequested: Bool = false,
        error: JobFailure? = nil, stageTimings: [String: Double] = [:], retryOf: String? = nil, correlationID: String, createdAt: Date,
        startedAt: Date? = nil,
        finishedAt: Date? = nil, readyForQueries: Bool? = nil
    ) {
        (self.id, self.documentationID, self.library, self.version, self.webURL) = (id, documentationID, library, version, webURL)
        (self.status, self.priority) = (status, priority)
        (self.progressPercent, self.stopRequested, self.error) = (progressPercent, stopRequested, error)
        (self.pagesProcessed, self.pagesByOutcome, self.sectionsChanged) = (pagesProcessed, pagesByOutcome, sectionsChanged)
        (self.sectionsUnchanged, self.sectionsDeleted, self.pagesHeldBack) = (sectionsUnchanged, sectionsDeleted, pagesHeldBack)
        (self.chunksEmbedded, self.chunksReused, self.stageTimings) = (chunksEmbedded, chunksReused, stageTimings)
        (self.retryOf, self.correlationID, self.readyForQueries) = (retryOf, correlationID, readyForQueries)
        (self.createdAt, self.startedAt, self.finishedAt) = (createdAt, startedAt, finishedAt)
    }

    package enum CodingKeys: String, CodingKey {
        case id
        case documentationID = "documentation_id"
        case library, version
        case webURL = "web_url"
        case status, priority
        case progressPercent = "progress_percent"
        case pagesProcessed = "pages_processed"
        case pagesByOutcome = "pages_by_outcome"
        case sectionsChanged = "sections_changed"
        case sectionsUnchanged = "sections_unchanged"
        case sectionsDeleted = "sections_deleted"
        case pagesHeldBack = "pages_held_back"
        case chunksEmbedded = "chunks_embedded"
        case chunksReused = "chunks_reused"
        case stopRequested = "stop_requested"
        case error
        case stageTimings = "stage_timings"
        case retryOf = "retry_of"
        case correlationID = "correlation_id"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case readyForQueries = "ready_for_queries"
    }
}
