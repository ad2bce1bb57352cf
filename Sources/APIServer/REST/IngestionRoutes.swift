import APIModel
import Domain
import Hummingbird
import Ingestion
import Telemetry

/// Asking for ingestion and following it.
struct IngestionRoutes: Sendable {
    let service: IngestionService
    let jobs: any JobStore

    private static let root = "/v1/documentation/ingestion"

    var routes: [Route] {
        [
            Route(.post, Self.root, .scope(.ingest), start),
            Route(.get, Self.root, .scope(.read)) { try await list($0) },
            Route(.post, "\(Self.root)/stop", .scope(.ingest), stop),
            Route(.get, "\(Self.root)/{id}", .scope(.read), job),
            Route(.get, "/v1/jobs", .scope(.read)) { try await list($0) },
            Route(.get, "/v1/jobs/{id}", .scope(.read), job),
            Route(.get, "/v1/jobs/{id}/pages", .scope(.read), pages),
        ]
    }

    @Sendable private func start(_ call: Call) async throws -> Response {
        let body = try JSONBody.decode(
            StartIngestionRequest.self, from: call, fields: StartIngestionRequest.CodingKeys.allCases.map(\.rawValue))
        let retryOf = try body.retryOf.map { text in
            guard let id = JobID(text) else {
                throw Fault.invalid(field: "retry_of", "The job to repeat is no identifier.", limit: "a UUID", hint: "List the jobs.")
            }
            return id
        }
        let (job, _) = try await service.submit(
            IngestionRequest(
                webURL: body.webURL, crawlDepth: body.crawlDepth, includePatterns: body.includePatterns ?? [],
                excludePatterns: body.excludePatterns ?? [], library: body.library, version: body.version, kind: body.kind,
                options: body.options ?? [:], allowMassDelete: body.allowMassDelete ?? false, retryOf: retryOf,
                idempotencyKey: try Self.idempotencyKey(call), correlationID: call.correlationID,
                traceparent: LogContext.current.trace?.traceparent), access: call.access)
        return try .json(
            StartIngestionResponse(
                jobID: job.id.description, documentationID: job.documentation.description, library: job.library, version: job.version,
                status: JobState(job.status), correlationID: job.correlationID),
            status: .accepted, headers: [.location: "\(Self.root)/\(job.id)"])
    }

    private static func idempotencyKey(_ call: Call) throws(Fault) -> String? {
        guard let key = call.head.headerFields[.idempotencyKey] else { return nil }
        guard Limits.idempotencyKeyLength.contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalid(
                field: "Idempotency-Key", "The idempotency key is empty, too long, or has other characters than visible ASCII.",
                limit: "1 to 255 visible ASCII characters", hint: "Use a UUID.")
        }
        return key
    }

    private func list(_ call: Call) async throws -> Response {
        let status = try call.query.choice("status", of: JobStatus.self)
        let skip = try call.query.integer("skip", in: Limits.offset, default: 0)
        let limit = try call.query.integer("limit", in: Limits.jobLimit, default: Limits.defaultJobLimit)
        let documentation = try call.query.identifier("documentation_id", of: Documentation.self)
        let (found, total) = try await jobs.jobs(
            status: status, documentation: documentation, limit: limit, offset: skip, access: call.access)
        return try .json(JobList(items: found.map { JobDetail($0) }, total: total, skip: skip, limit: limit))
    }

    @Sendable private func job(_ call: Call) async throws -> Response {
        let id: JobID = try call.identifier("job")
        guard let job = try await jobs.job(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        return try .json(JobDetail(job))
    }

    @Sendable private func stop(_ call: Call) async throws -> Response {
        let body = try JSONBody.decode(
            StopIngestionRequest.self, from: call, fields: StopIngestionRequest.CodingKeys.allCases.map(\.rawValue))
        guard let id = JobID(body.jobID) else {
            throw Fault.invalid(field: "job_id", "The job is no identifier.", limit: "a UUID", hint: "List the jobs.")
        }
        guard let job = try await jobs.requestStop(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        return try .json(JobDetail(job))
    }

    @Sendable private func pages(_ call: Call) async throws -> Response {
        let id: JobID = try call.identifier("job")
        let outcome = try call.query.choice("outcome", of: Domain.PageOutcome.Kind.self)
        let limit = try call.query.integer("limit", in: Limits.outcomeLimit, default: Limits.defaultOutcomeLimit)
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let (records, total) = try await jobs.outcomes(
            id, outcome: outcome?.rawValue, limit: limit, offset: offset, access: call.access)
        if total == 0, try await jobs.job(id, access: call.access) == nil { throw Fault.notFound("job", id.description) }
        return try .json(
            PageOutcomeList(
                items: records.map { APIModel.PageOutcome($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }
}

extension QueryParameters {
    /// The identifier `name`; nil without one.
    func identifier<Entity>(_ name: String, of entity: Entity.Type) throws(Fault) -> Identifier<Entity>? {
        guard let text = try text(name) else { return nil }
        guard let id = Identifier<Entity>(text) else {
            throw .invalid(field: name, "The parameter \(name) is no identifier.", limit: "a UUID", hint: "Take it from a list.")
        }
        return id
    }
}
