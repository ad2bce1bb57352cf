import Domain
import Policy
import Postgres
import Testing

@testable import Storage

@Suite struct `Query profiler` {
    /// A table that no index helps to search, and the planner's figures about it.
    private func withRows(_ body: (QueryProfiler, PostgresClient) async throws -> Void) async throws {
        try await withClient { client in
            for sql: SQL in [
                "create schema portolan", "create table portolan.big (n integer, code text)",
                "insert into portolan.big select n, md5(n::text) from generate_series(1, 60000) n", "analyze portolan.big",
            ] { _ = try await client.query(sql) }
            try await body(QueryProfiler(client), client)
        }
    }

    @Test func `A search without an index is an expensive step that asks for one`() async throws {
        try await withRows { profiler, _ in
            let (profile, suggestions) = try await profiler.suggestions("select n from portolan.big where code = 'x';")
            #expect(profile.cost > PlanSuggestion.costThreshold && profile.actualRows == 0 && profile.executionMilliseconds != nil)
            #expect(suggestions.contains { $0.kind == .highCost && $0.step == nil && $0.value == profile.cost })
            let scan = try #require(suggestions.first { $0.kind == .expensiveStep })
            #expect(scan.step == "Seq Scan on big" && scan.value > 500 && scan.advice.contains("an index for (code = 'x'::text)"))
        }
    }

    @Test func `Rows that the planner did not expect ask for fresh statistics`() async throws {
        try await withRows { profiler, client in
            _ = try await client.query("insert into portolan.big select 0, 'same' from generate_series(1, 3000)")
            let suggestions = try await profiler.suggestions("select count(*) from portolan.big where code = 'same'").suggestions
            let off = try #require(suggestions.first { $0.kind == .misestimate })
            #expect(off.value >= 10 && off.advice.contains("analyze portolan.big"))
        }
    }

    @Test func `A good query has no suggestion`() async throws {
        try await withRows { profiler, client in
            _ = try await client.query("create index on portolan.big (n)")
            let (profile, suggestions) = try await profiler.suggestions("select code from portolan.big where n = 7")
            #expect(profile.actualRows == 1 && profile.steps.contains { $0.operation.contains("Index") })
            #expect(suggestions.filter { $0.kind != .slow } == [])
        }
    }

    @Test func `An estimate runs nothing`() async throws {
        try await withRows { profiler, client in
            let profile = try await profiler.estimateCost("select n from portolan.big where code = 'x'")
            #expect(profile.cost > 1000 && profile.actualRows == nil && profile.executionMilliseconds == nil && profile.steps.count == 1)
            // A division by zero that is planned and never done.
            #expect(try await profiler.estimateCost("select 1 / (n - n) from portolan.big").plannedRows > 0)
            let error = await #expect(throws: PostgresError.self) { try await profiler.profile("select 1 / (n - n) from portolan.big") }
            #expect(error?.sqlState == "22012")
        }
    }

    @Test func `What the thresholds say decides`() {
        func profile(cost: Double, milliseconds: Double?, own: Double, planned: Double, actual: Double?) -> QueryProfile {
            QueryProfile(
                cost: cost, plannedRows: planned, actualRows: actual, planningMilliseconds: 1, executionMilliseconds: milliseconds,
                sharedHitBlocks: nil, sharedReadBlocks: nil,
                steps: [
                    .init(
                        operation: "Sort", relation: nil, filter: nil, depth: 0, ownCost: own, totalCost: own, plannedRows: planned,
                        actualRows: actual, loops: actual == nil ? nil : 1, milliseconds: milliseconds)
                ])
        }
        let fine = profile(cost: 1000, milliseconds: 100, own: 500, planned: 10, actual: 99)
        #expect(PlanSuggestion.all(for: fine) == [])
        let bad = profile(cost: 1001, milliseconds: 101, own: 501, planned: 10, actual: 100)
        #expect(PlanSuggestion.all(for: bad).map(\.kind) == [.highCost, .slow, .expensiveStep, .misestimate])
        #expect(PlanSuggestion.all(for: profile(cost: 1, milliseconds: nil, own: 1, planned: 100, actual: 1)).map(\.kind) == [.misestimate])
        #expect(PlanSuggestion.all(for: profile(cost: 1, milliseconds: nil, own: 1, planned: 100, actual: nil)) == [])
    }

    @Test(arguments: [
        "delete from portolan.big", "select 1; drop table portolan.big", "with gone as (delete from portolan.big returning 1) select 1",
        "select pg_sleep(10)", "select set_config('a.b', 'c', false)", "select lo_export(1, '/tmp/x')", "explain select 1",
        "select query_to_xml('select 1', true, true, '')", "select $1", "select 1 -- more", "",
        "select n into portolan.copy from portolan.big",
    ]) func `What does more than read does not reach the database`(_ text: String) async throws {
        try await withClient { client in
            let gates = GateRegistry()
            let before = client.metrics.connectionAttemptsTotal
            let fault = await #expect(throws: Fault.self) { try await QueryProfiler(client, gates: gates).profile(text) }
            #expect(client.metrics.connectionAttemptsTotal == before)
            #expect(fault?.category == .security && fault?.code.hasPrefix("E_QUERY_") == true)
            #expect(gates.snapshot[.query]?.rejects == 1)
        }
    }
}
