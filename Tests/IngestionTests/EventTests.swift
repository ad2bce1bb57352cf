import Domain
import Postgres
import Storage
import Testing

@Suite struct `Boundary events` {
    @Test func `A run leaves begin and success of each boundary, in order`() async throws {
        try await withWorld { world in
            let job = try await world.ingest(Site(["/": .init(html: "<main><h1>One</h1><p>Words of a page.</p></main>")]), embedder: nil)
            let events = try await PostgresEventStore(world.client).events(
                after: nil, type: "boundary", level: nil, job: job.id, limit: 100)
            let expected = ["download", "extraction", "validation", "latest"].flatMap {
                ["boundary.\($0).begin", "boundary.\($0).success"]
            }
            #expect(events.map(\.type) == expected)
            #expect(events.allSatisfy { $0.correlationID == "test" && $0.documentation == job.documentation && $0.level == .info })
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.number < $1.number })
        }
    }

    @Test func `A job that fails or stops leaves the error of the boundary it was in`() async throws {
        try await withWorld { world in
            let store = PostgresEventStore(world.client)
            let job = try await world.submit()
            for status in ["CRAWLING", "PARSING"] {
                _ = try await world.client.query("update portolan.job set status = \(status) where id = \(job.id.uuid)")
            }
            _ = try await world.client.query(
                "update portolan.job set status = 'FAILED', fault = '{\"code\": \"E_X\"}'::jsonb where id = \(job.id.uuid)")
            let errors = try await store.events(after: nil, type: nil, level: .error, job: job.id, limit: 10)
            #expect(errors.map(\.type) == ["boundary.extraction.error"] && errors.first?.payload["code"] == "E_X")
            let all = try await store.events(after: nil, type: nil, level: nil, job: job.id, limit: 10)
            let later = try await store.events(after: all[0].number, type: "boundary.download", level: nil, job: nil, limit: 10)
            #expect(all.count == 4 && later.map(\.type) == ["boundary.download.success"])
        }
    }

    @Test func `What is rolled back leaves no event`() async throws {
        try await withWorld { world in
            let job = try await world.submit()
            await #expect(throws: (any Error).self) {
                try await world.client.withTransaction { connection in
                    try await connection.query("update portolan.job set status = 'CRAWLING' where id = \(job.id.uuid)")
                    try await connection.query("select 1 / 0")
                }
            }
            #expect(try await world.number("select count(*)::int from portolan.event") == 0)
        }
    }
}
