import APIClient
import APIModel
import Domain
import Fetch
import MCP
import Postgres
import Testing

@Suite struct `Asking for ingestion` {
    @Test func `A job is accepted with defaults, and the identifiers go into its row`() async throws {
        try await Edge.with { edge in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let reply = try await edge.submit(
                #"{"web_url":"https://Other.example.com/docs/"}"#, ["X-Correlation-Id": "follow-me.7", "traceparent": trace])
            #expect(reply.status == 202, "\(reply)")
            let answer = try WireJSON.decode(StartIngestionResponse.self, from: reply.body)
            #expect(answer.library == "other.example.com" && answer.version == "latest" && answer.status == .pending)
            #expect(answer.correlationID == "follow-me.7" && reply.headers["X-Correlation-Id"] == "follow-me.7")
            #expect(reply.headers["Location"] == "/v1/documentation/ingestion/\(answer.jobID)")
            let row = try await edge.database.query(
                """
                select correlation_id, traceparent, settings->>'maxPages' as pages, (select count(*) from portolan.outbox o where o.job_id = j.id) as n
                from portolan.job j where id::text = \(answer.jobID)
                """
            ).single()
            #expect(try row.decode("correlation_id", as: String.self) == "follow-me.7")
            let stored = try row.decode("traceparent", as: String.self)
            #expect(stored.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && stored != trace)
            #expect(try row.decode("n", as: Int.self) == 1 && row.decode("pages", as: String.self) == "77")
        }
    }

    @Test func `Who asks is waited for, unless the request says that it is bulk work`() async throws {
        try await Edge.with { edge in
            for (number, (asked, stored)) in [("", "high"), ("normal", "normal"), ("high", "high")].enumerated() {
                let priority = asked.isEmpty ? "" : #","priority":"\#(asked)""#
                let reply = try await edge.submit(#"{"web_url":"https://docs.example.com/\#(number)/"\#(priority)}"#)
                #expect(reply.status == 202, "\(reply)")
                let id = try WireJSON.decode(StartIngestionResponse.self, from: reply.body).jobID
                #expect(try await edge.client.job(id).priority?.rawValue == stored)
                let row = try await edge.database.query(
                    "select j.priority, o.stream from portolan.job j join portolan.outbox o on o.job_id = j.id where j.id::text = \(id)"
                ).single()
                #expect(try row.decode("priority", as: String.self) == stored && row.decode("stream", as: String.self) == stored)
            }
            let wrong = try await edge.submit(#"{"web_url":"https://docs.example.com/","priority":"urgent"}"#)
            #expect(wrong.status == 422 && wrong.problem?.details["field"] == "priority", "\(wrong)")
            let agent = Agent(edge: edge, isModern: true)
            let first = try await agent.result("ingest_documentation", ["web_url": "https://docs.example.com/agent/"])
            #expect(try await edge.client.job(try #require(first["job_id"]?.stringValue)).priority == .high)
            let bulk = try await agent.result(
                "ingest_documentation", ["web_url": "https://docs.example.com/bulk/", "priority": "normal"])
            #expect(try await edge.client.job(try #require(bulk["job_id"]?.stringValue)).priority == .normal)
        }
    }

    @Test func `The same key gives the same job, and another request under it a conflict`() async throws {
        try await Edge.with { edge in
            let request = StartIngestionRequest(webURL: "https://a.example.com/", library: "a", version: "1")
            let first = try await edge.client.startIngestion(request, idempotencyKey: "key-1")
            let second = try await edge.client.startIngestion(request, idempotencyKey: "key-1")
            #expect(first.jobID == second.jobID)
            let other = try await edge.submit(#"{"web_url":"https://b.example.com/"}"#, ["Idempotency-Key": "key-1"])
            #expect(other.status == 409 && other.problem?.category == .conflict, "\(other)")
        }
    }

    @Test func `A job that waits stops at once, and stopping again changes nothing`() async throws {
        try await Edge.with { edge in
            let job = try await edge.client.startIngestion(StartIngestionRequest(webURL: "https://a.example.com/"))
            let stopped = try await edge.client.stopJob(job.jobID)
            #expect(stopped.status == .stopped && stopped.stopRequested)
            #expect(try await edge.client.stopJob(job.jobID) == stopped)
            let unknown = try await edge.send(
                "POST", "/v1/documentation/ingestion/stop", body: #"{"job_id":"0198c0de-0000-7000-8000-000000000000"}"#)
            #expect(unknown.status == 404)
            let retry = try await edge.client.startIngestion(
                StartIngestionRequest(webURL: "https://a.example.com/", retryOf: job.jobID))
            #expect(try await edge.client.job(retry.jobID).retryOf == job.jobID)
        }
    }

    @Test func `A deleted documentation is gone with its jobs`() async throws {
        try await Edge.with { (edge) async throws in
            #expect(try await edge.send("DELETE", "/v1/documentation/\(edge.guide)").status == 204)
            #expect(try await edge.get("/v1/documentation/\(edge.guide)").status == 404)
            #expect(try await edge.send("DELETE", "/v1/documentation/\(edge.guide)").status == 404)
            #expect(try await edge.client.documentations().meta.total == 1)
        }
    }
}
