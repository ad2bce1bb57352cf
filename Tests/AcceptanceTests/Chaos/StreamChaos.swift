import APIClient
import APIModel
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import MCP
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Chaos {
    /// Starts an ingestion and waits for its end.
    @discardableResult
    static func ingest(_ site: String, library: String, at role: Fleet.Role, _ fleet: Fleet) async throws -> String {
        let request = StartIngestionRequest(webURL: site, crawlDepth: 0, library: library, version: "latest")
        let job = try await fleet.api(role).startIngestion(request, idempotencyKey: nil).jobID
        #expect(try await fleet.end(of: job) == "COMPLETED")
        return job
    }

    @Test func `an api that is killed ends its streams, and whoever listened goes on at another one`() async throws {
        try await EmbeddingServer.with { _, settings in
            try await Fleet.with(settings) { fleet in
                try await fleet.roles(["api", "api", "api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        var first = try await AgentStream.open(roles[0], fleet)
                        try await Self.ingest(site, library: "before", at: roles[1], fleet)
                        // Told at every api, whoever took the request.
                        #expect(try await first.next()?["method"] == "notifications/resources/list_changed")

                        roles[0].process.send(SIGKILL)
                        do {
                            while try await first.next() != nil {}
                            Issue.record("a stream of a killed process came to a good end")
                        } catch is FetchError {}
                        var second = try await AgentStream.open(roles[1], fleet, identifier: 2)
                        try await Self.ingest(site, library: "after", at: roles[2], fleet)
                        #expect(try await second.next()?["method"] == "notifications/resources/list_changed")

                        // One that is told to stop says goodbye: the answer to the request that opened the stream, and then its end.
                        roles[1].process.send(SIGTERM)
                        var last: JSONValue?
                        while let message = try await second.next() { last = message }
                        #expect(last?["id"] == 2 && last?["result"] != nil, "\(last?.serializedText ?? "nothing")")
                        #expect(await roles[1].process.wait(atMost: .seconds(60))?.isSuccess == true)
                        #expect(try await fleet.ask(roles[2], "GET", "/v1/search?q=harbor").status == 200)
                    }
                }
            }
        }
    }

    @Test func `a client that goes away in the middle of a stream or of an answer leaves nothing running`() async throws {
        try await EmbeddingServer.with { embedder, settings in
            try await Fleet.with(settings) { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        let api = roles[0]
                        try await Self.ingest(site, library: "harbor", at: api, fleet)
                        func open() async throws -> Double { try await fleet.metric(api, "portolan_mcp_open_streams") }
                        func running() async throws -> Double { try await fleet.metric(api, "portolan_http_requests_in_flight") }
                        let quiet = try await running()
                        try await Self.whileListening(40, at: api, fleet) {
                            let streams = try await open()
                            #expect(streams == 40)
                        }
                        try await eventually(within: .seconds(60)) { try await open() == 0 }

                        // A question that waits in Postgres: its statement ends with its client.
                        try await fleet.rows.withTransaction { connection in
                            _ = try await connection.query("lock table portolan.chunk in access exclusive mode")
                            let client = Task { try await fleet.ask(api, "GET", "/v1/search?q=moor") }
                            try await eventually(within: .seconds(60)) { try await Self.waiting(fleet) > 0 }
                            client.cancel()
                            _ = await client.result
                            try await eventually(within: .seconds(60)) { try await Self.waiting(fleet) == 0 }
                        }
                        // One that waits for the embedder: the embedder's own connection is let go of.
                        embedder.turn(.silent)
                        let asked = embedder.requests.count
                        let client = Task { try await fleet.ask(api, "GET", "/v1/search?q=a+question+that+nobody+waits+for") }
                        try await eventually(within: .seconds(60)) { embedder.requests.count > asked }
                        client.cancel()
                        _ = await client.result
                        try await eventually(within: .seconds(60)) { embedder.abandoned > 0 }
                        embedder.turn(.well)
                        try await eventually(within: .seconds(60)) { try await running() == quiet }
                        // Who went away says nothing about those who were asked.
                        #expect(try await fleet.metric(api, "portolan_breaker_state") == 0)
                        #expect(try await fleet.api(api).search("cast off by now").searchMode == .hybrid)
                    }
                }
            }
        }
    }

    /// Runs `body` while `count` agents listen.
    static func whileListening(_ count: Int, at role: Fleet.Role, _ fleet: Fleet, _ body: () async throws -> Void) async throws {
        let (opened, over) = (Expectation(), Expectation())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...count {
                group.addTask {
                    // Ends with the scope, without a word to the server.
                    let agent = try await AgentStream.open(role, fleet, identifier: number)
                    opened.fulfill()
                    try await over.fulfillment(within: .seconds(300))
                    _ = consume agent
                }
            }
            try await opened.fulfillment(count, within: .seconds(120))
            try await body()
            over.fulfill()
            try await group.waitForAll()
        }
    }

    /// Statements that wait for a lock.
    static func waiting(_ fleet: Fleet) async throws -> Int64 {
        try await fleet.number(
            """
            select count(*) as n from pg_stat_activity
            where datname = current_database() and state = 'active' and wait_event_type = 'Lock'
            """)
    }
}
