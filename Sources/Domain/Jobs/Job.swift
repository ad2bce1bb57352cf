package import FoundationEssentials

/// One run of a source for a documentation.
package struct Job: Sendable {
    package var id: JobID
    package var documentation: DocumentationID
    package var library: String
    package var version: String
    package var settings: IngestionSettings
    package var status: JobStatus
    /// How soon it runs beside others.
    package var priority: JobPriority
    /// 0 to 100; never falls.
    package var progressPercent: Int
    package var counts: JobCounts
    package var stopRequested: Bool
    /// Why the job FAILED.
    package var fault: Fault?
    /// Seconds spent in each stage, by the stage's name.
    package var stageSeconds: [String: Double]
    /// Deliveries so far; counts from 1 with the first lease.
    package var attempt: Int
    package var retryOf: JobID?
    package var correlationID: String
    /// W3C trace context of the request that started the job.
    package var traceparent: String?
    package var createdAt: Date
    package var startedAt: Date?
    package var finishedAt: Date?
    /// The verdict of the verification; nil while there is none.
    package var isReadyForQueries: Bool?

    package init(
        id: JobID, documentation: DocumentationID, library: String, version: String, settings: IngestionSettings,
        status: JobStatus = .pending, priority: JobPriority = .normal,
        progressPercent: Int = 0, counts: JobCounts = JobCounts(), stopRequested: Bool = false, fault: Fault? = nil,
        stageSeconds: [String: Double] = [:], attempt: Int = 0, retryOf: JobID? = nil, correlationID: String, traceparent: String? = nil,
        createdAt: Date, startedAt: Date? = nil, finishedAt: Date? = nil, isReadyForQueries: Bool? = nil
    ) {
        self.id = id
        self.documentation = documentation
        self.library = library
        self.version = version
        self.settings = settings
        self.status = status
        self.priority = priority
        self.progressPercent = progressPercent
        self.counts = counts
        self.stopRequested = stopRequested
        self.fault = fault
        self.stageSeconds = stageSeconds
        self.attempt = attempt
        self.retryOf = retryOf
        self.correlationID = correlationID
        self.traceparent = traceparent
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.isReadyForQueries = isReadyForQueries
    }
}
