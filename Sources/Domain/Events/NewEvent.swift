package import FoundationEssentials

/// Something that happened, before it is stored.
package struct NewEvent: Sendable, Hashable {
    package var type: EventType
    package var level: EventLevel
    package var at: Date
    /// Details as text; what is in it is safe for operators, so no secrets.
    package var payload: [String: String]

    package init(_ type: EventType, _ level: EventLevel, at: Date = Date(), _ payload: [String: String]) {
        (self.type, self.level, self.at, self.payload) = (type, level, at, payload)
    }

    /// One of level INFO, of now.
    package init(_ type: EventType, _ payload: [String: String]) { self.init(type, .info, payload) }
}

/// Who writes events: the same for the life of a process.
package struct EventProcess: Sendable, Hashable {
    /// Such as `portolan-worker`.
    package var service: String
    /// Of this run of the process.
    package var runID: String
    /// Of the settings without secrets.
    package var configHash: String
    /// Release and system, by name.
    package var context: [String: String]

    package init(service: String, runID: String, configHash: String, context: [String: String]) {
        (self.service, self.runID, self.configHash, self.context) = (service, runID, configHash, context)
    }
}
