import APIModel
import Domain
import Hummingbird
import Ingestion

/// The sources and how they are kept up to date.
struct SourceRoutes: Sendable {
    let service: IngestionService
    let sources: any SourceStore
    let replies: IdempotentReplies

    private static let root = "/v1/sources"
    private static let page = Parameter.integer(
        "limit", Limits.documentationLimit, default: Limits.defaultDocumentationLimit, "Items on the page.")
    private static var id: Parameter<SourceID> { .id("source", of: Source.self) }

    var routes: [Route] {
        [
            Route(
                .get, Self.root, .scope(.read), Operation("listSources", .sources, "Sources by library, version and location"), Self.page,
                .offset, answer: list),
            Route(
                .post, Self.root, .scope(.ingest),
                Operation("createSource", .sources, "Keeps something up to date; a source that is there takes over what is new"),
                Parameter<CreateSourceRequest>.body, .idempotencyKey, gives: 201, location: true, answer: create
            ).idempotent(replies),
            Route(
                .get, "\(Self.root)/{id}", .scope(.read), Operation("getSource", .sources, "One source"), Self.id, answer: show),
            Route(
                .patch, "\(Self.root)/{id}", .scope(.ingest), Operation("updateSource", .sources, "Changes what is given"), Self.id,
                Parameter<UpdateSourceRequest>.body, .ifMatch, answer: update),
            Route(
                .post, "\(Self.root)/{id}/sync", .scope(.ingest),
                Operation("syncSource", .sources, "Asks for a look at the next chance"), Self.id, gives: 202, answer: sync),
        ]
    }

    @Sendable private func list(_ call: Call, limit: Int, offset: Int) async throws -> Answer<SourceList> {
        let (found, total) = try await sources.sources(limit: limit, offset: offset, access: call.access)
        return Answer(
            SourceList(items: found.map { SourceDetail($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    @Sendable private func show(_ call: Call, id: SourceID) async throws -> Answer<SourceDetail> {
        guard let source = try await sources.source(id, access: call.access) else { throw Fault.notFound("source", id.description) }
        return Answer(SourceDetail(source))
    }

    @Sendable private func create(_ call: Call, body: CreateSourceRequest, key: String?) async throws -> Answer<SourceDetail> {
        let timing = try Self.timing(seconds: body.pollIntervalSeconds, schedule: body.schedule) ?? .onRequest
        let submission = try service.submission(
            IngestionRequest(
                webURL: body.webURL, crawlDepth: body.crawlDepth, includePatterns: body.includePatterns ?? [],
                excludePatterns: body.excludePatterns ?? [], library: body.library, version: body.version, kind: body.kind,
                options: body.options ?? [:], correlationID: call.correlationID), access: call.access)
        let source = try await sources.register(submission, timing: timing, access: call.access)
        return Answer(SourceDetail(source), headers: [.location: "\(Self.root)/\(source.id)"])
    }

    @Sendable private func update(
        _ call: Call, id: SourceID, body: UpdateSourceRequest, condition: EntityTagCondition?
    ) async throws -> Answer<SourceDetail> {
        let timing =
            try body.pollIntervalSeconds == 0 && body.schedule == nil
            ? .onRequest : Self.timing(seconds: body.pollIntervalSeconds, schedule: body.schedule)
        let source = try await sources.update(id, isPaused: body.isPaused, timing: timing, access: call.access) { present in
            try condition?.check(try WireJSON.encode(SourceDetail(present)))
        }
        guard let source else { throw Fault.notFound("source", id.description) }
        return Answer(SourceDetail(source))
    }

    @Sendable private func sync(_ call: Call, id: SourceID) async throws -> Answer<SourceDetail> {
        guard let source = try await sources.requestSync(id, access: call.access) else { throw Fault.notFound("source", id.description) }
        return Answer(SourceDetail(source))
    }

    private static func timing(seconds: Int?, schedule: String?) throws(Fault) -> SourceTiming? {
        switch (seconds, schedule) {
        case (nil, nil): return nil
        case (nil, let schedule?): return .cron(try CronSchedule(schedule))
        case (let seconds?, nil):
            guard SourceTiming.secondsRange.contains(seconds) else {
                throw .invalid(
                    field: "poll_interval_seconds", "The interval is out of range.", limit: "10 to 2592000",
                    hint: "300 suits most sources.")
            }
            return .every(seconds: seconds)
        case (_?, _?):
            throw .invalid(
                field: "schedule", "A source has an interval or a schedule, not both.", hint: "Leave out poll_interval_seconds.")
        }
    }
}
