import APIModel
import Domain
import Hummingbird
import Ingestion

/// The sources and how they are kept up to date.
struct SourceRoutes: Sendable {
    let service: IngestionService
    let sources: any SourceStore

    private static let root = "/v1/sources"

    var routes: [Route] {
        [
            Route(.get, Self.root, .scope(.read), list),
            Route(.post, Self.root, .scope(.ingest), create),
            Route(.get, "\(Self.root)/{id}", .scope(.read), show),
            Route(.patch, "\(Self.root)/{id}", .scope(.ingest), update),
            Route(.post, "\(Self.root)/{id}/sync", .scope(.ingest), sync),
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Response {
        let limit = try call.query.integer("limit", in: Limits.documentationLimit, default: Limits.defaultDocumentationLimit)
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let (found, total) = try await sources.sources(limit: limit, offset: offset, access: call.access)
        return try .json(
            SourceList(items: found.map { SourceDetail($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    @Sendable private func show(_ call: Call) async throws -> Response {
        let id: SourceID = try call.identifier("source")
        guard let source = try await sources.source(id, access: call.access) else { throw Fault.notFound("source", id.description) }
        return try .json(SourceDetail(source))
    }

    @Sendable private func create(_ call: Call) async throws -> Response {
        let body = try JSONBody.decode(
            CreateSourceRequest.self, from: call, fields: CreateSourceRequest.CodingKeys.allCases.map(\.rawValue))
        let timing = try Self.timing(seconds: body.pollIntervalSeconds, schedule: body.schedule) ?? .onRequest
        let submission = try service.submission(
            IngestionRequest(
                webURL: body.webURL, crawlDepth: body.crawlDepth, includePatterns: body.includePatterns ?? [],
                excludePatterns: body.excludePatterns ?? [], library: body.library, version: body.version, kind: body.kind,
                options: body.options ?? [:], correlationID: call.correlationID))
        let source = try await sources.register(submission, timing: timing, access: call.access)
        return try .json(SourceDetail(source), status: .created, headers: [.location: "\(Self.root)/\(source.id)"])
    }

    @Sendable private func update(_ call: Call) async throws -> Response {
        let id: SourceID = try call.identifier("source")
        let body = try JSONBody.decode(
            UpdateSourceRequest.self, from: call, fields: UpdateSourceRequest.CodingKeys.allCases.map(\.rawValue))
        let timing =
            try body.pollIntervalSeconds == 0 && body.schedule == nil
            ? .onRequest : Self.timing(seconds: body.pollIntervalSeconds, schedule: body.schedule)
        guard let source = try await sources.update(id, isPaused: body.isPaused, timing: timing, access: call.access) else {
            throw Fault.notFound("source", id.description)
        }
        return try .json(SourceDetail(source))
    }

    @Sendable private func sync(_ call: Call) async throws -> Response {
        let id: SourceID = try call.identifier("source")
        guard let source = try await sources.requestSync(id, access: call.access) else { throw Fault.notFound("source", id.description) }
        return try .json(SourceDetail(source), status: .accepted)
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
