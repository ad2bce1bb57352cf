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

    /// The job, or nil also where the caller may read it, but not write what it fills.
    func writableJob(_ id: JobID, access: LibraryAccess) async throws -> Job?

    /// Whether a job was submitted since `moment` for the documentation that `submission` names, by library, version and address.
    func hasJob(for submission: JobSubmission, since moment: Date) async throws -> Bool

    /// Newest first, with the number of all that match.
    func jobs(
        status: JobStatus?, documentation: DocumentationID?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (jobs: [Job], total: Int)

    /// Asks for a stop: a job that waits is STOPPED at once, one that runs stops at its next step, one that has ended stays as it is.
    /// - Returns: the job afterwards, or nil when there is none that the caller may write to.
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
    package var idempotencyKey: JobKey?
    package var correlationID: String
    package var traceparent: String?
    /// The vendors' list that goes with `traceparent`.
    package var tracestate: String?
    package var retryOf: JobID?
    /// As ``SourceAddress/subject``.
    package var subject: String?
    /// The state of the source that the job will find, or one before it; stored with the source in the job's transaction.
    package var cursor: String?

    package init(
        library: String, version: String, settings: IngestionSettings, priority: JobPriority = .normal, idempotencyKey: JobKey? = nil,
        correlationID: String, traceparent: String? = nil, tracestate: String? = nil, retryOf: JobID? = nil, subject: String? = nil,
        cursor: String? = nil
    ) {
        self.library = library
        self.version = version
        self.settings = settings
        self.priority = priority
        self.idempotencyKey = idempotencyKey
        self.correlationID = correlationID
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.retryOf = retryOf
        self.subject = subject
        self.cursor = cursor
    }
}

/// The name under which a job is asked for once. Names of one caller mean nothing to another.
package struct JobKey: Sendable, Hashable {
    /// The name among all.
    package let name: String
    /// The same as releases before callers were told apart had it: such a job is found by it when it is for the same request.
    package let formerName: String

    /// No request can bring it.
    private static let separator = "\u{1f}"

    /// What `subject` calls `key`, which has visible characters only.
    package static func caller(_ subject: String, _ key: String) -> JobKey {
        JobKey(name: subject + separator + key, formerName: key)
    }

    /// What the service itself calls `key`.
    package static func own(_ key: String) -> JobKey { JobKey(name: separator + key, formerName: key) }
}

/// Which of the two streams a job goes to: what somebody waits for goes before what is due by the clock, which keeps a share of the slots.
package enum JobPriority: String, Sendable, Hashable, CaseIterable {
    case high, normal
}
