import APIClient
import APIModel
import Postgres
import Testing

@Suite struct `Events over REST` {
    @Test func `Events are filtered and walked by number`() async throws {
        try await Edge.with { edge in
            _ = try await edge.database.query(
                """
                insert into portolan.event (type, level, payload) values ('boundary.download.begin', 'INFO', '{}'),
                  ('boundary.download.error', 'ERROR', '{"code": "E_X"}'), ('boundary.latest.begin', 'INFO', '{}')
                """)
            let errors = try await edge.client.events(level: "ERROR", limit: 10)
            #expect(errors.items.map(\.type).contains("boundary.download.error"))
            let newest = try await edge.client.events(limit: 2)
            #expect(newest.items.map(\.type) == ["boundary.download.error", "boundary.latest.begin"])
            let rest = try await edge.client.events(after: newest.items[0].number, type: "boundary")
            #expect(rest.items.map(\.type) == ["boundary.latest.begin"])
            #expect(try await edge.client.events(after: rest.next).items.isEmpty)
        }
    }

    @Test(arguments: ["after=x", "after=-1", "level=LOUD", "limit=0", "job_id=7", "type="]) func `A bad filter names its field`(
        _ query: String
    ) async throws {
        try await Edge.with { edge in
            let reply = try await edge.send("GET", "/v1/events?\(query)")
            #expect(reply.status == 422 && reply.problem?.details["field"] == String(query.prefix { $0 != "=" }), "\(reply)")
        }
    }
}
