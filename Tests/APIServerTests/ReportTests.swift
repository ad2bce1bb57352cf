import APIClient
import APIModel
import Domain
import Fetch
import Postgres
import Telemetry
import Testing

@Suite struct `Reports of jobs` {
    @Test func `a completed job is verified on demand, and the report is there as JSON and as Markdown`() async throws {
        try await Edge.with { edge in
            let job = try #require(
                try await edge.client.jobs(status: .completed).items.first { $0.documentationID == edge.guide.description })
            let before = try await edge.client.report(job.id)
            #expect(before.verification == nil && before.job.readyForQueries == nil)
            #expect(try await edge.client.markdownReport(job.id).contains("has not been verified"))

            let verdict = try await edge.client.verify(job.id)
            #expect(verdict.readyForQueries == verdict.problems.isEmpty)
            #expect(verdict.samples.count == 3 && verdict.samples.allSatisfy { $0.rank != nil })
            let report = try await edge.client.report(job.id)
            #expect(report.verification == verdict && report.job.readyForQueries == verdict.readyForQueries)
            let alias = try await edge.get("/v1/documentation/ingestion/\(job.id)/report")
            #expect(alias.status == 200 && alias.headers["Content-Type"] == "application/json")
            let markdown = try await edge.get("/v1/jobs/\(job.id)/report?format=markdown")
            #expect(markdown.headers["Content-Type"] == "text/markdown; charset=utf-8")
            #expect(markdown.text.hasPrefix("# Verification of job \(job.id)\n"))

            _ = try await edge.database.query("delete from portolan.chunk where id = (select min(id) from portolan.chunk)")
            let broken = try await edge.client.verify(job.id)
            #expect(!broken.readyForQueries && broken.problems.contains { $0.code == "E_VERIFY_CHUNKS" })
            #expect(edge.metrics.ingestion.verifications.value("not_ready") == 1)
        }
    }

    @Test func `only a completed job can be verified, and only a form that exists is given`() async throws {
        try await Edge.with { edge in
            let waiting = try await edge.submit(#"{"web_url":"https://other.example.com/"}"#)
            let job = try WireJSON.decode(StartIngestionResponse.self, from: waiting.body).jobID
            let refused = try await edge.send("POST", "/v1/jobs/\(job)/verification")
            #expect(refused.status == 409 && refused.problem?.category == .conflict, "\(refused)")
            #expect(try await edge.get("/v1/jobs/\(job)/report").status == 200)
            #expect(try await edge.get("/v1/jobs/\(job)/report?format=pdf").status == 422)
            #expect(try await edge.get("/v1/jobs/\(JobID.make())/report").status == 404)
            #expect(try await edge.send("POST", "/v1/jobs/\(job)/verification", token: "wrong").status == 401)
        }
    }
}
