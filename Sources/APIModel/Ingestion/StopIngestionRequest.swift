/// Body of `POST /v1/documentation/ingestion/stop`.
package struct StopIngestionRequest: Sendable, Hashable, Codable {
    /// The job to stop.
    package var jobID: String

    /// A request to stop `jobID`.
    package init(jobID: String) { self.jobID = jobID }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case jobID = "job_id"
    }
}
