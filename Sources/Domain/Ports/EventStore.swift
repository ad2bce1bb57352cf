package import FoundationEssentials

/// Reading what happened.
package protocol EventStore: Sendable {
    /// Events in the order in which they were written.
    ///
    /// - Parameters:
    ///   - after: only those written after the one with this number; nil: the newest `limit`.
    ///   - type: only types that are this one or begin with it and a dot.
    ///   - level: only this level.
    ///   - job: only those of this job.
    func events(after: Int64?, type: String?, level: EventLevel?, job: JobID?, limit: Int) async throws -> [Event]
}

/// How much an event matters.
package enum EventLevel: String, Sendable, Hashable, CaseIterable {
    case info = "INFO"
    case warning = "WARN"
    case error = "ERROR"
}

/// Something that happened to a job.
package struct Event: Sendable {
    /// Grows with time; names the event.
    package var number: Int64
    package var at: Date
    /// Lower case, dotted, such as `boundary.download.begin`.
    package var type: String
    package var level: EventLevel
    package var job: JobID?
    package var documentation: DocumentationID?
    package var correlationID: String?
    /// Details, such as the code of a fault.
    package var payload: [String: String]

    package init(
        number: Int64, at: Date, type: String, level: EventLevel, job: JobID?, documentation: DocumentationID?, correlationID: String?,
        payload: [String: String]
    ) {
        (self.number, self.at, self.type, self.level) = (number, at, type, level)
        (self.job, self.documentation) = (job, documentation)
        (self.correlationID, self.payload) = (correlationID, payload)
    }
}
