import APIModel
import Domain
import Hummingbird

/// What happened.
struct EventRoutes: Sendable {
    let store: any EventStore

    private static let page = Parameter.integer("limit", Limits.outcomeLimit, default: Limits.defaultOutcomeLimit, "Events at most.")

    var routes: [Route] {
        [
            Route(
                .get, "/v1/events", .scope(.admin), Operation("listEvents", .operations, "Events, oldest first"),
                .number(optional: "after", "Only events after this number; without it the newest."),
                .text(optional: "type", 1...100, "Only types that are this one or begin with it and a dot."),
                .choice("level", of: EventLevel.self, "Only this level."), .identifier(optional: "job_id", "job", of: Job.self), Self.page,
                answer: list)
        ]
    }

    @Sendable private func list(
        _ call: Call, after: Int64?, type: String?, level: EventLevel?, job: JobID?, limit: Int
    ) async throws -> Answer<EventList> {
        let events = try await store.events(after: after, type: type, level: level, job: job, limit: limit)
        return Answer(
            EventList(
                items: events.map { event in
                    EventDetail(
                        number: event.number, at: event.at, type: event.type, level: event.level.rawValue,
                        jobID: event.job?.description, documentationID: event.documentation?.description,
                        correlationID: event.correlationID, payload: event.payload)
                }, next: events.last?.number ?? after))
    }
}
