import APIClient
import APIModel
import EmbeddedServices
import FoundationEssentials
import Glibc
import MCP
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Observability {
    /// Runs a client command against the api of `role`, as an operator does.
    private static func portolan(
        _ arguments: String..., at role: Fleet.Role, _ fleet: Fleet, token: String? = nil
    ) async throws -> (status: EmbeddedServices.ExitStatus, output: String) {
        var environment = fleet.binary.environment
        environment["PORTOLAN_URL"] = role.url
        if let token { environment["PORTOLAN_TOKEN"] = token }
        return try await PortolanBinary(environment: environment).run(arguments)
    }

    private static func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func `a circuit that is opened by command is open in every process until it is closed by command`() async throws {
        try await EmbeddingServer.with { embedder, settings in
            try await Fleet.with(settings) { fleet in
                try await fleet.roles(["api", "api", "worker", "scheduler"]) { roles in
                    try await LoopbackHTTPServer.withServer { request in
                        .html("<h1>Harbor</h1><p>How to moor a ship at \(request.path), and how to cast off again.</p>")
                    } body: { server in
                        let site = server.url + "/"
                        let (first, second) = (fleet.api(roles[0]), fleet.api(roles[1]))
                        let request = StartIngestionRequest(webURL: site, crawlDepth: 0, library: "harbor", version: "latest")
                        let job = try await first.startIngestion(request, idempotencyKey: nil).jobID
                        #expect(try await fleet.end(of: job) == "COMPLETED")
                        #expect(try await second.search("moor a ship").searchMode == .hybrid)
                        let (listed, table) = try await Self.portolan("breakers", "list", at: roles[0], fleet)
                        #expect(listed.isSuccess, "\(table)")
                        let names = table.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").first }
                        #expect(names == ["alerts", "confluence", "embedder", "github", "notifications", "notion", "storage"], "\(table)")
                        #expect(
                            try await Self.portolan("breakers", "list", "--open", at: roles[0], fleet).output.contains(
                                "Every circuit is closed."))

                        let (opened, row) = try await Self.portolan("breakers", "open", "embedder", at: roles[0], fleet)
                        #expect(opened.isSuccess && row.contains("open, by hand") && row.contains("closed to open"), "\(row)")
                        try await Self.expectOpen(fleet, roles, embedder, site)
                        let (closed, after) = try await Self.portolan("breakers", "close", "embedder", "--json", at: roles[1], fleet)
                        #expect(closed.isSuccess, "\(after)")
                        let detail = try Self.json(after)
                        #expect(detail["state"] == "closed" && detail["forced"] == false && detail["shared"] == true)
                        #expect(detail["changes"]?.arrayValue?.map { $0["to"]?.stringValue } == ["open", "closed"])

                        // In both, and the work that waited is done.
                        try await eventually { try await first.search("moor by the quay").searchMode == .hybrid }
                        try await eventually { try await second.search("cast off by the quay").searchMode == .hybrid }
                        // It was told to come back when a circuit that somebody opened is looked at again, in a quarter of an hour.
                        let waiting = try await fleet.number(
                            "select count(*) as n from portolan.job where finished_at is null and not_before > now() + interval '10 minutes'"
                        )
                        #expect(waiting == 1)
                        _ = try await fleet.rows.query("update portolan.job set not_before = now() where finished_at is null")
                        try await eventually(within: .seconds(90)) {
                            try await fleet.number("select count(*) as n from portolan.job where status = 'COMPLETED'") == 2
                        }
                        for role in roles.prefix(3) {
                            #expect(try await fleet.metric(role, "portolan_breaker_state", "breaker=\"embedder\"") == 0, "\(role.name)")
                        }
                        try await eventually { try await first.health().reasons == [] }
                        let (reset, blank) = try await Self.portolan("breakers", "reset", "embedder", "--json", at: roles[0], fleet)
                        #expect(try reset.isSuccess && Self.json(blank)["changes"]?.arrayValue?.isEmpty == true, "\(blank)")
                        // One change each, told by the process that made it.
                        for (state, process) in [("open", 0), ("closed", 1)] {
                            let label = "breaker=\"embedder\",to=\"\(state)\""
                            #expect(try await fleet.metric(roles[process], "portolan_breaker_transitions_total", label) == 1, "\(state)")
                            #expect(
                                try await fleet.metric(roles[1 - process], "portolan_breaker_transitions_total", label) == 0, "\(state)")
                        }
                        #expect(roles[0].lines.contains { $0.contains("breaker moved") && $0.contains(#""to":"open""#) })
                    }
                }
            }
        }
    }

    /// What an open circuit to the embedder is seen by: answers, health, metrics, a job that waits.
    private static func expectOpen(_ fleet: Fleet, _ roles: [Fleet.Role], _ embedder: EmbeddingServer, _ site: String) async throws {
        let asked = embedder.requests.count
        for role in roles.prefix(2) {
            let answer = try await fleet.api(role).search("moor at the quay of \(role.port)")
            #expect(answer.isDegraded && answer.reasons == ["embedder_unavailable"] && answer.searchMode == .keywordFallback)
            #expect(answer.items.count == 1)
            let agent = MCPConnection(url: role.url, token: Fleet.token, fetcher: fleet.fetcher, era: .modern)
            let result = try await agent.call("search_documentation", ["query": .string("cast off at \(role.port)")])
            #expect(result["degraded"] == true && result["reasons"] == ["embedder_unavailable"])
            let health = try await fleet.api(role).health()
            #expect(health.status == "degraded" && health.reasons.contains("breaker_open: embedder"), "\(health.reasons)")
            // Soft: traffic goes on.
            #expect(await fleet.probe(role, "/readyz") == 200)
            let (shown, text) = try await portolan("obs", "health", at: role, fleet)
            #expect(shown.isSuccess && text.hasPrefix("degraded, memory normal, version "), "\(text)")
            #expect(text.contains("breaker_open: embedder") && text.contains("open, by hand"), "\(text)")
            let (listed, json) = try await portolan("breakers", "list", "--open", "--json", at: role, fleet)
            let items = try Self.json(json)["items"]?.arrayValue ?? []
            #expect(listed.isSuccess && items.count == 1 && items[0]["name"] == "embedder" && items[0]["forced"] == true, "\(json)")
        }
        let request = StartIngestionRequest(webURL: site + "later", crawlDepth: 0, library: "later", version: "latest")
        let job = try await fleet.api(roles[0]).startIngestion(request, idempotencyKey: nil).jobID
        try await eventually(within: .seconds(60)) { roles[2].lines.contains { $0.contains("job will be retried") && $0.contains(job) } }
        for role in roles.prefix(3) {
            #expect(try await fleet.metric(role, "portolan_breaker_state", "breaker=\"embedder\"") == 2, "\(role.name)")
        }
        #expect(try await fleet.metric(roles[0], "portolan_breaker_calls_total", "breaker=\"embedder\",outcome=\"blocked\"") >= 1)
        #expect(embedder.requests.count == asked)
    }

    @Test func `commands on circuits and health tell an operator what went wrong, by text and by exit code`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api"]) { roles in
                let api = roles[0]
                // What it is called, and what cannot be done, in one line each.
                let (unknown, name) = try await Self.portolan("breakers", "open", "githbu", at: api, fleet)
                #expect(unknown == .exited(1) && name.contains("There is no breaker githbu."), "\(name)")
                let (local, own) = try await Self.portolan("breakers", "open", "redis", at: api, fleet)
                #expect(local == .exited(1) && own.contains("of its own"), "\(own)")
                let (usage, help) = try await Self.portolan("breakers", "open", at: api, fleet)
                #expect(usage == .exited(2) && help.contains("name"), "\(help)")
                let (stranger, refusal) = try await Self.portolan("breakers", "list", at: api, fleet, token: "a-token-that-nobody-gave")
                #expect(stranger == .exited(4), "\(refusal)")
                let key = try await Self.portolan(
                    "keys", "create", "--name", "reader", "--role", "READER", "--scope", "docs:read", "--json", at: api, fleet)
                let reader = try #require(try Self.json(key.output)["key"]?.stringValue, "\(key.output)")
                let (scoped, told) = try await Self.portolan("breakers", "open", "github", at: api, fleet, token: reader)
                #expect(scoped == .exited(4) && told.contains("admin"), "\(told)")
                #expect(told.split(separator: "\n").count == 1, "\(told)")
                // Health takes no token.
                let (well, health) = try await Self.portolan("obs", "health", "--json", at: api, fleet, token: "whatever-it-may-be")
                let detail = try Self.json(health)
                #expect(well.isSuccess && detail["status"] == "healthy" && detail["reasons"] == [], "\(health)")
                #expect(detail["components"]?.arrayValue?.compactMap { $0["name"]?.stringValue }.prefix(2) == ["postgres", "redis"])

                await fleet.redis.kill()
                let (away, reason) = try await Self.portolan("breakers", "open", "github", at: api, fleet)
                #expect(away == .exited(1) && reason.contains("Redis is away") && reason.contains("Try again in"), "\(reason)")
                try await fleet.redis.restart()
                try await eventually(within: .seconds(60)) {
                    try await Self.portolan("breakers", "list", at: api, fleet).status.isSuccess
                }
                await fleet.postgres.kill()
                try await eventually(within: .seconds(60)) { try await fleet.api(api).health().status == "unhealthy" }
                let (ill, why) = try await Self.portolan("obs", "health", at: api, fleet)
                #expect(ill == .exited(1) && why.contains("The api is unhealthy: ") && why.contains("postgres_unhealthy"), "\(why)")
                try await fleet.postgres.restart()
                api.process.send(SIGTERM)
                _ = await api.process.wait(atMost: .seconds(60))
                let (gone, last) = try await Self.portolan("obs", "health", at: api, fleet)
                #expect(gone == .exited(3) && last.contains("'portolan up' starts a local stack"), "\(last)")
            }
        }
    }
}
