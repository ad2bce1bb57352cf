import Domain
import Fetch
import FoundationEssentials
import Logging
import MCP
import MCPHosting
import Postgres
import Primitives
import Resilience
import Storage
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

    @Test(arguments: [false, true])
    func `leave no statement behind in the middle of a stream, also from behind a proxy`(isProxied: Bool) async throws {
        try await Edge.with { edge in
            try await Self.serving(edge) { server in
                func leave(_ address: String) async throws {
                    try await Self.whileLocked("section", edge.database) {
                        let agent = Agent(edge: edge, progressToken: "p")
                        try await agent.streaming("tools/call", ["name": "count"], at: address) { messages in
                            #expect(try await messages.next()?["method"] == "notifications/progress")
                            try await eventually { try await Self.waiting(edge.database) > 0 }
                        }
                        try await eventually { try await Self.waiting(edge.database) == 0 }
                    }
                }
                if isProxied {
                    try await Proxy.with(before: server) { try await leave($0) }
                } else {
                    try await leave(server)
                }
                try await eventually { edge.metrics.mcp.toolCalls.value("count", "cancelled") == 1 }
                let errors = edge.logs.lines.filter { $0.level >= .error }
                #expect(errors.isEmpty, "\(errors)")
            }
        }
    }

    /// Runs `body` beside a server whose one tool tells of its progress while it asks the database; the documentation's tools answer at once or in
    /// one piece.
    private static func serving(_ edge: Edge, _ body: (String) async throws -> Void) async throws {
        let (database, logger) = (edge.database, Logger(label: "streams") { _ in edge.logs })
        let tool = Tool<Principal>(content: "count", description: "Counts sections", uses: .progress) { (_: NoInput, context) in
            context.progress.report(1, total: 2)
            let rows = try await database.withTransaction(isReadOnly: true) { connection in
                try await connection.query("select count(*) as n from portolan.section")
            }
            return ToolResult(content: [.text("\(rows.count)")])
        }
        let store = PostgresDocumentationStore(database)
        let directory = PostgresSectionDirectory(database)
        let authenticator = TokenAuthenticator(token: Redacted(Edge.token))
        let hosts = HostPolicy(bind: "127.0.0.1", publicURL: nil, crossOrigin: CrossOrigin(origins: []))
        let agents = AgentRoute(
            AgentRoute.Offer(
                tools: [tool],
                resources: SectionResources(
                    reader: DocumentationReader(store: store), directory: directory,
                    cursors: PageCursors { [UInt8](repeating: 1, count: 32) }),
                prompts: [], completions: AgentCompletions(directory: directory), tasks: JobTasks(jobs: PostgresJobStore(database)),
                hub: MessageHub(), audience: PublicationAudience(documentations: store, authenticator: authenticator)),
            origins: hosts.origins, build: BuildInfo(version: "1.2.3", role: "api"), metrics: edge.metrics.mcp, logger: logger)
        let responder = EdgeResponder(
            routes: RouteTable(agents.routes), authenticator: authenticator, limiter: LocalRateLimiter(), policy: .off,
            strangers: LocalRateLimiter(), addresses: ClientAddress(), challenge: Challenge(resource: nil), hosts: hosts,
            limits: RequestLimits(), timeout: .seconds(12), tier: { .normal }, tracer: .off, onEnd: { _, _ in }, metrics: edge.metrics,
            logger: logger, audit: AuditLog(logger, sink: nil), pages: nil)
        let (serving, port) = (Expectation(), Locked(0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await HTTPListener.run(responder, bind: "127.0.0.1", port: 0, idleTimeout: .seconds(60), logger: logger) { number in
                    port.withLock { $0 = number }
                    serving.fulfill()
                }
            }
            try await serving.fulfillment()
            let result: Swift.Result<Void, any Error>
            do { result = .success(try await body("http://127.0.0.1:\(port.withLock { $0 })")) } catch { result = .failure(error) }
            group.cancelAll()
            // A server that is cancelled says so.
            while let ended = await group.nextResult() {
                if case .failure(let error) = ended, !(error is CancellationError) { throw error }
            }
            try result.get()
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
