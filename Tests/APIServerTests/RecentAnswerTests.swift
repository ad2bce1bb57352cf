import APIModel
import Domain
import FoundationEssentials
import MCP
import Postgres
import Primitives
import Resilience
import Retrieval
import Telemetry
import Testing

@testable import APIServer

@Suite struct `Answers of the last minutes` {
    /// What a test turns.
    private struct World {
        let time = Locked(ContinuousClock.now)
        let tier = Locked(MemoryTier.normal)
        let isAway = Locked(false)
        let recent: RecentAnswers

        init() {
            let time = time
            recent = RecentAnswers(capacity: 100, byteLimit: 1 << 20, lifetime: .seconds(300)) { time.withLock(\.self) }
        }

        var options: Edge.Options {
            var options = Edge.Options()
            let (tier, isAway) = (tier, isAway)
            options.recent = recent
            options.tier = { tier.withLock(\.self) }
            options.isDatabaseAway = { isAway.withLock(\.self) }
            return options
        }
    }

    private static let path = "/v1/search?q=gadgets&limit=2"

    private func reasons(_ reply: Reply) throws -> [String] { try WireJSON.decode(SearchResponse.self, from: reply.body).reasons }

    private func paths(_ reply: Reply) throws -> [String] {
        try WireJSON.decode(SearchResponse.self, from: reply.body).items.map(\.sectionURI)
    }

    @Test func `At the end of the memory a search has the answer that it had before and says so, and none that it never had`() async throws
    {
        let world = World()
        try await Edge.with(world.options) { edge in
            let whole = try await edge.get(Self.path)
            let before = try reasons(whole)
            world.tier.withLock { $0 = .failover }
            let again = try await edge.get(Self.path)
            #expect(again.status == 200, "\(again)")
            #expect(try paths(again) == paths(whole) && reasons(again) == before + ["memory_failover", "recent_answer"])
            #expect(try await edge.get(Self.path + "&max_tokens=500").status == 507)
            #expect(try await edge.get("/v1/search?q=reference").status == 507)
            let agent = Agent(edge: edge, isModern: true)
            // Another surface asks in another way, so nobody was told this answer.
            let told = try await agent.call("search_documentation", ["query": "gadgets", "limit": 2])
            #expect(told["result"]?["isError"] == true)
            world.time.withLock { $0 = $0.advanced(by: .seconds(301)) }
            #expect(try await edge.get(Self.path).status == 507)
        }
    }

    @Test func `While the database is known to be away the last answer comes first, and the database is asked where there is none`()
        async throws
    {
        let world = World()
        try await Edge.with(world.options) { edge in
            let before = try reasons(try await edge.get(Self.path))
            world.isAway.withLock { $0 = true }
            #expect(try reasons(try await edge.get(Self.path)) == before + ["database_unavailable", "recent_answer"])
            // It may be back already.
            #expect(try reasons(try await edge.get("/v1/search?q=reference")) == before)
            world.isAway.withLock { $0 = false }
            #expect(try reasons(try await edge.get(Self.path)) == before)
        }
    }

    @Test func `A search that fails for want of the database has the last answer, another one the failure`() async throws {
        let world = World()
        try await Edge.with(world.options) { edge in
            let before = try reasons(try await edge.get(Self.path))
            edge.database.close()
            let reply = try await edge.get(Self.path)
            #expect(reply.status == 200, "\(reply)")
            #expect(try reasons(reply) == before + ["database_unavailable", "recent_answer"])
            #expect(try await edge.get("/v1/search?q=reference").status == 503)
            #expect(edge.metrics.search.recalled.value("answer") == 1)
            world.recent.clear()
            #expect(try await edge.get(Self.path).status == 503)
        }
    }

    @Test func `Nobody has what another one was answered`() throws {
        let query = try SearchQuery(text: "gadgets")
        func asked(_ subject: String, _ access: LibraryAccess = .publicOnly) -> AskedSearch {
            AskedSearch(subject: subject, query: query, cursor: nil, budget: TokenBudget(tokens: 9), explains: false, access: access)
        }
        #expect(asked("a") == asked("a") && asked("a") != asked("b") && asked("a") != asked("a", .all))
    }
}
