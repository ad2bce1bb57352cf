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

    private static let skip = Parameter.integer("skip", Limits.offset, default: 0, "Jobs to leave out at the start.")
    private static let page = Parameter.integer("limit", Limits.jobLimit, default: Limits.defaultJobLimit, "Jobs on the page.")
    private static let outcomes = Parameter.integer(
        "limit", Limits.outcomeLimit, default: Limits.defaultOutcomeLimit, "Outcomes on the page.")
    private static let status = Parameter.choice("status", of: JobStatus.self, "Only jobs in this state.")
    private static let outcome = Parameter.choice("outcome", of: Domain.PageOutcome.Kind.self, "Only this outcome.")
    private static var documentation: Parameter<DocumentationID?> {
        .identifier(optional: "documentation_id", "documentation", of: Documentation.self)
    }
    private static var id: Parameter<JobID> { .id("job", of: Job.self) }

    var routes: [Route] {
        [
            Route(
                .post, Self.root, .scope(.ingest),
                Operation("startIngestion", .ingestion, "Asks for an ingestion; the reply names the job", problems: [404]),
                Parameter<StartIngestionRequest>.body, .idempotencyKey, gives: 202, location: true, answer: start),
            list(Self.root, "listIngestions"), list("/v1/jobs", "listJobs"),
            Route(
                .post, "\(Self.root)/stop", .scope(.ingest),
                Operation("stopIngestion", .ingestion, "Stops a job; one that has ended stays as it is", problems: [404]),
                Parameter<StopIngestionRequest>.body, answer: stop),
            Route(
                .get, "\(Self.root)/{id}", .scope(.read), Operation("getIngestion", .ingestion, "One job"), Self.id, answer: job),
            Route(.get, "/v1/jobs/{id}", .scope(.read), Operation("getJob", .ingestion, "One job"), Self.id, answer: job),
            Route(
                .get, "/v1/jobs/{id}/pages", .scope(.read),
                Operation("listPages", .ingestion, "What became of each page, in the order of the crawl"), Self.id, Self.outcome,
                Self.outcomes, .offset, answer: pages),
        ]
    }

    private func list(_ template: String, _ name: String) -> Route {
        Route(
            .get, template, .scope(.read), Operation(name, .ingestion, "Jobs, newest first"), Self.status, Self.documentation, Self.skip,
            Self.page, answer: list)
    }

    @Sendable private func start(
        _ call: Call, body: StartIngestionRequest, key: String?
    ) async throws -> Answer<StartIngestionResponse> {
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
                options: body.options ?? [:], allowMassDelete: body.allowMassDelete ?? false,
                priority: JobPriority(asked: body.priority), retryOf: retryOf,
                idempotencyKey: key.map { .caller(call.principal.subject, $0) },
                correlationID: call.correlationID, traceparent: LogContext.current.trace?.traceparent,
                tracestate: LogContext.current.trace?.tracestate), access: call.access)
        return Answer(
            StartIngestionResponse(
                jobID: job.id.description, documentationID: job.documentation.description, library: job.library, version: job.version,
                status: JobState(job.status), correlationID: job.correlationID), headers: [.location: "\(Self.root)/\(job.id)"])
    }

    @Sendable private func list(
        _ call: Call, status: JobStatus?, documentation: DocumentationID?, skip: Int, limit: Int
    ) async throws -> Answer<JobList> {
        let (found, total) = try await jobs.jobs(
            status: status, documentation: documentation, limit: limit, offset: skip, access: call.access)
        return Answer(JobList(items: found.map { JobDetail($0) }, total: total, skip: skip, limit: limit))
    }

    @Sendable private func job(_ call: Call, id: JobID) async throws -> Answer<JobDetail> {
        guard let job = try await jobs.job(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        return Answer(JobDetail(job))
    }

    @Sendable private func stop(_ call: Call, body: StopIngestionRequest) async throws -> Answer<JobDetail> {
        guard let id = JobID(body.jobID) else {
            throw Fault.invalid(field: "job_id", "The job is no identifier.", limit: "a UUID", hint: "List the jobs.")
        }
        guard let job = try await jobs.requestStop(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        return Answer(JobDetail(job))
    }

    @Sendable private func pages(
        _ call: Call, id: JobID, outcome: Domain.PageOutcome.Kind?, limit: Int, offset: Int
    ) async throws -> Answer<PageOutcomeList> {
        let (records, total) = try await jobs.outcomes(id, outcome: outcome?.rawValue, limit: limit, offset: offset, access: call.access)
        if total == 0, try await jobs.job(id, access: call.access) == nil { throw Fault.notFound("job", id.description) }
        return Answer(
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
