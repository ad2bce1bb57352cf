import APIModel
import Domain
import Hummingbird

/// What happened.
struct EventRoutes: Sendable {
    let store: any EventStore

    var routes: [Route] { [Route(.get, "/v1/events", .scope(.admin), list)] }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let after = try call.query.text("after").map { text in
            guard let number = Int64(text), number >= 0 else {
                throw Fault.invalid(
                    field: "after", "The parameter after is no number of an event.", limit: "0 or more",
                    hint: "Take next from the reply before.")
            }
            return number
        }
        let type = try call.query.text("type")
        guard type.map({ $0.utf8.count <= 100 && !$0.isEmpty }) ?? true else {
            throw Fault.invalid(field: "type", "The type is empty or too long.", limit: "1 to 100 bytes")
        }
        let events = try await store.events(
            after: after, type: type, level: try call.query.choice("level", of: EventLevel.self),
            job: try call.query.identifier("job_id", of: Job.self),
            limit: try call.query.integer("limit", in: Limits.outcomeLimit, default: Limits.defaultOutcomeLimit))
        return try .json(
            EventList(
                items: events.map { event in
                    EventDetail(
                        number: event.number, at: event.at, type: event.type, level: event.level.rawValue,
                        jobID: event.job?.description, documentationID: event.documentation?.description,
                        correlationID: event.correlationID, payload: event.payload)
                }, next: events.last?.number ?? after))
    }
}
