import Domain
import Fetch
import FoundationEssentials
import Logging
import MCP
import Postgres
import Primitives
import Telemetry
import TestSupport
import Testing

@testable import APIServer

/// A client that goes away takes its query with it, down to the database.
@Suite struct `Clients that go away` {
    /// Requests whose statement waits for as long as the lock on the tables is held.
    private static let requests: [(name: String, table: String, send: @Sendable (Agent) async throws -> Void)] = [
        ("a search of an agent", "chunk", { _ = try await $0.call("search_documentation", ["query": "gadgets"]) }),
        (
            "a tree", "section",
            { _ = try await $0.call("get_documentation_tree", ["documentation_id": .string($0.edge.guide.description)]) }
        ),
        (
            "a list of sections", "section",
            { _ = try await $0.call("list_documentation_sections", ["documentation_id": .string($0.edge.guide.description)]) }
        ),
        ("a search over REST", "chunk", { _ = try await $0.edge.get("/v1/search?q=gadgets") }),
    ]

    @Test func `leave no statement behind, whatever they asked for`() async throws {
        try await Edge.with { edge in
            for (name, table, send) in Self.requests {
                try await Self.whileLocked(table, edge.database) {
                    let client = Task { try await send(Agent(edge: edge)) }
                    try await eventually { try await Self.waiting(edge.database) > 0 }
                    client.cancel()
                    _ = await client.result
                    try await eventually { try await Self.waiting(edge.database) == 0 }
                }
                // The connections are as good as before.
                try await send(Agent(edge: edge))
                #expect(try await Self.waiting(edge.database) == 0, "\(name)")
            }
            #expect(edge.metrics.mcp.toolCalls.value("search_documentation", "cancelled") == 1)
            let errors = edge.logs.lines.filter { $0.level >= .error }
            #expect(errors.isEmpty, "\(errors)")
        }
    }

    /// Runs `body` while another session keeps `table` to itself.
    private static func whileLocked(_ table: String, _ database: PostgresClient, _ body: () async throws -> Void) async throws {
        try await database.withTransaction { connection in
            _ = try await connection.query("lock table portolan.\(identifier: table) in access exclusive mode")
            try await body()
        }
    }

    /// Statements of this database that wait for a lock.
    private static func waiting(_ database: PostgresClient) async throws -> Int {
        try await database.query(
            """
            select count(*) as n from pg_stat_activity
            where datname = current_database() and state = 'active' and wait_event_type = 'Lock'
            """
        ).single().decode("n", as: Int.self)
    }
}
