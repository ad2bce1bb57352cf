package import FoundationEssentials

/// What the API does with jobs. To a caller, what `access` leaves out is not there.
package protocol JobStore: Sendable {
    /// Writes library, version, documentation, source, job and outbox row in one transaction.
    ///
    /// - Returns: the job, and whether it existed already under the same idempotency key.
    /// - Throws: ``Fault``: `notFound` when the caller may neither see nor create the library, `conflict` when the key was used for another
    ///   request, `serviceUnavailable` at the capacity of unfinished jobs.
    func submit(_ submission: JobSubmission, access: LibraryAccess) async throws -> (job: Job, existed: Bool)

    /// The job, or nil.
    func job(_ id: JobID, access: LibraryAccess) async throws -> Job?

    /// Whether a job was submitted since `moment` for the documentation that `submission` names, by library, version and address.
    func hasJob(for submission: JobSubmission, since moment: Date) async throws -> Bool

    /// Newest first, with the number of all that match.
    func jobs(
        status: JobStatus?, documentation: DocumentationID?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (jobs: [Job], total: Int)

    /// Asks for a stop: a job that waits is STOPPED at once, one that runs stops at its next step, one that has ended stays as it is.
    /// - Returns: the job afterwards, or nil when there is none.
    func requestStop(_ id: JobID, access: LibraryAccess) async throws -> Job?

    /// What the crawl of a job saw, in order.
    func outcomes(
        _ id: JobID, outcome: String?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (records: [CrawlRecord], total: Int)
}

/// A validated request to ingest.
package struct JobSubmission: Sendable {
    package var library: String
    package var version: String
    package var settings: IngestionSettings
    package var priority: JobPriority
    package var idempotencyKey: String?
    package var correlationID: String
    package var traceparent: String?
    package var retryOf: JobID?
    /// As ``SourceAddress/subject``.
    package var subject: String?
    /// The state of the source that the job will find, or one before it; stored with the source in the job's transaction.
    package var cursor: String?

    package init(
        library: String, version: String, settings: IngestionSettings, priority: JobPriority = .normal, idempotencyKey: String? = nil,
        correlationID: String, traceparent: String? = nil, retryOf: JobID? = nil, subject: String? = nil, cursor: String? = nil
    ) {
        self.library = library
        self.version = version
        self.settings = settings
        self.priority = priority
        self.idempotencyKey = idempotencyKey
        self.correlationID = correlationID
        self.traceparent = traceparent
        self.retryOf = retryOf
        self.subject = subject
        self.cursor = cursor
    }
}

/// Which of the two streams a job goes to.
package enum JobPriority: String, Sendable, Hashable, CaseIterable {
    case high, normal
}
