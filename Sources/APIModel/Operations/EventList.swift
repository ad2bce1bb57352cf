package import FoundationEssentials

/// Something that happened to a job.
package struct EventDetail: Sendable, Hashable, Codable {
    /// Grows with time.
    package var number: Int64
    /// When it happened.
    package var at: Date
    /// Such as `boundary.download.begin`.
    package var type: String
    /// INFO, WARN or ERROR.
    package var level: String
    /// The job.
    package var jobID: String?
    /// The documentation.
    package var documentationID: String?
    /// Follows the work from the request on.
    package var correlationID: String?
    /// Details.
    package var payload: [String: String]

    /// - Parameters: see the properties.
    package init(
        number: Int64, at: Date, type: String, level: String, jobID: String?, documentationID: String?, correlationID: String?,
        payload: [String: String]
    ) {
        (self.number, self.at, self.type, self.level) = (number, at, type, level)
        (self.jobID, self.documentationID) = (jobID, documentationID)
        (self.correlationID, self.payload) = (correlationID, payload)
    }

    package enum CodingKeys: String, CodingKey {
        case number, at, type, level
        case jobID = "job_id"
        case documentationID = "documentation_id"
        case correlationID = "correlation_id"
        case payload
    }
}

/// Reply to `GET /v1/events`: oldest first.
package struct EventList: Sendable, Hashable, Codable {
    /// The events.
    package var items: [EventDetail]
    /// Give it as `after` to go on; the number of the last item, or what was given when there is none.
    package var next: Int64?

    /// - Parameters: see the properties.
    package init(items: [EventDetail], next: Int64?) { (self.items, self.next) = (items, next) }
}
