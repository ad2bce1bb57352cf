import APIModel
import Domain
import Hummingbird
import Ingestion
import Telemetry

/// What was found after a job.
struct ReportRoutes: Sendable {
    let jobs: any JobStore
    let verifications: any VerificationStore
    let verifier: JobVerifier
    let metrics: IngestionMetricGroup
    let replies: IdempotentReplies

    /// Forms of a report.
    enum Format: String, CaseIterable {
        case json, markdown
    }

    private static let markdown = "text/markdown; charset=utf-8"
    private static let format = Parameter.choice("format", of: Format.self, "The form; without it JSON.")
    private static var id: Parameter<JobID> { .id("job", of: Job.self) }

    var routes: [Route] {
        [
            report("/v1/documentation/ingestion/{id}/report", "getIngestionReport"), report("/v1/jobs/{id}/report", "getReport"),
            Route(
                .post, "/v1/jobs/{id}/verification", .scope(.ingest),
                Operation("verifyJob", .ingestion, "Looks again whether what a job stored is in order", problems: [409]), Self.id,
                .idempotencyKey, answer: verify
            ).idempotent(replies),
        ]
    }

    private func report(_ template: String, _ name: String) -> Route {
        Route(
            .get, template, .scope(.read),
            Operation(name, .ingestion, "A job and what was found after it", media: ["text/markdown"]), Self.id, Self.format, answer: report
        )
    }

    @Sendable private func report(_ call: Call, id: JobID, format: Format?) async throws -> Answer<JobReportDetail> {
        let job = try await job(id, call.access)
        let report = try await verifications.report(job.id, access: call.access)
        if format == .markdown { return Answer(text: report?.markdown ?? Self.unverified(job), type: Self.markdown) }
        return Answer(JobReportDetail(job: JobDetail(job), verification: report.map { VerificationDetail($0) }))
    }

    @Sendable private func verify(_ call: Call, id: JobID, key: String?) async throws -> Answer<VerificationDetail> {
        guard let job = try await jobs.writableJob(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        guard job.status == .completed else {
            throw Fault(
                .conflict, code: "E_JOB_STATE", "The job is \(job.status.rawValue), so there is nothing to verify.", field: "job_id",
                hint: "Wait until it is COMPLETED, or take another job of the documentation.")
        }
        let report = try await verifier.verify(job)
        metrics.verifications.increment(report.isReady ? "ready" : "not_ready")
        return Answer(VerificationDetail(report))
    }

    private func job(_ id: JobID, _ access: LibraryAccess) async throws -> Job {
        guard let job = try await jobs.job(id, access: access) else { throw Fault.notFound("job", id.description) }
        return job
    }

    private static func unverified(_ job: Job) -> String {
        "# Verification of job \(job.id)\n\nThe job is \(job.status.rawValue) and has not been verified.\n"
    }
}
