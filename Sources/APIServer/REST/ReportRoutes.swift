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

    /// Forms of a report.
    enum Format: String, CaseIterable {
        case json, markdown
    }

    var routes: [Route] {
        [
            Route(.get, "/v1/documentation/ingestion/{id}/report", .scope(.read), report),
            Route(.get, "/v1/jobs/{id}/report", .scope(.read), report),
            Route(.post, "/v1/jobs/{id}/verification", .scope(.ingest), verify),
        ]
    }

    @Sendable private func report(_ call: Call) async throws -> Response {
        let job = try await job(call)
        let report = try await verifications.report(job.id, access: call.access)
        if try call.query.choice("format", of: Format.self) == .markdown {
            let text = report?.markdown ?? Self.unverified(job)
            return Response(
                status: .ok, headers: [.contentType: "text/markdown; charset=utf-8"], body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        return try .json(JobReportDetail(job: JobDetail(job), verification: report.map { VerificationDetail($0) }))
    }

    @Sendable private func verify(_ call: Call) async throws -> Response {
        let job = try await job(call)
        guard job.status == .completed else {
            throw Fault(
                .conflict, code: "E_JOB_STATE", "The job is \(job.status.rawValue), so there is nothing to verify.", field: "job_id",
                hint: "Wait until it is COMPLETED, or take another job of the documentation.")
        }
        let report = try await verifier.verify(job)
        metrics.verifications.increment(report.isReady ? "ready" : "not_ready")
        return try .json(VerificationDetail(report))
    }

    private func job(_ call: Call) async throws -> Job {
        let id: JobID = try call.identifier("job")
        guard let job = try await jobs.job(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        return job
    }

    private static func unverified(_ job: Job) -> String {
        "# Verification of job \(job.id)\n\nThe job is \(job.status.rawValue) and has not been verified.\n"
    }
}
