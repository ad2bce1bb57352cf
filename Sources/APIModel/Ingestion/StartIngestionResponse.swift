/// Reply 202 to `POST /v1/documentation/ingestion`.
package struct StartIngestionResponse: Sendable, Hashable, Codable {
    /// The job to follow.
    package var jobID: String
    /// The documentation that the job fills.
    package var documentationID: String
    /// Its library.
    package var library: String
    /// Its version.
    package var version: String
    /// State of the job; `PENDING` unless the idempotency key led to an earlier job.
    package var status: JobState
    /// Follows the work into logs, messages and rows.
    package var correlationID: String

    /// - Parameters: see the properties.
    package init(jobID: String, documentationID: String, library: String, version: String, status: JobState, correlationID: String) {
        (self.jobID, self.documentationID, self.library) = (jobID, documentationID, library)
        (self.version, self.status, self.correlationID) = (version, status, correlationID)
    }

    package enum CodingKeys: String, CodingKey {
        case jobID = "job_id"
        case documentationID = "documentation_id"
        case library, version, status
        case correlationID = "correlation_id"
    }
}
