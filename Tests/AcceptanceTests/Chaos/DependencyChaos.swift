import APIClient
import APIModel
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import Postgres
import Primitives
import TestSupport
import Testing

/// What depends on what is lost, slow or lying, and the fleet goes on as the table of chaos scenarios says.
extension Acceptance {
    @Suite(.serialized) struct Chaos {
        private static let page = "<h1>Harbor</h1><p>How to moor a ship at the harbor, and how to cast off again.</p>"

        /// Serves one page.
        static func withSite<Result>(_ body: (String) async throws -> Result) async throws -> Result {
            try await LoopbackHTTPServer.withServer { _ in
                .html(page)
            } body: {
                try await body($0.url + "/")
            }
        }

        @Test func `Postgres that is away: not ready but alive, nothing restarts, no job is lost`() async throws {
            try await Fleet.with { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        let api = fleet.api(roles[0])
                        // Accepted, and not yet run: the worker is frozen.
                        roles[1].process.send(SIGSTOP)
                        let job = try await api.startIngestion(
                            StartIngestionRequest(webURL: site, crawlDepth: 0, library: "harbor", version: "latest"), idempotencyKey: nil
                        ).jobID
                        await fleet.postgres.kill()
                        roles[1].process.send(SIGCONT)
                        for role in roles {
                            try await eventually(within: .seconds(60)) { await fleet.probe(role, "/readyz") == 503 }
                            #expect(await fleet.probe(role, "/livez") == 200, "\(role.name)")
                        }
                        let refused = try await fleet.ask(roles[0], "GET", "/v1/search?q=harbor")
                        #expect(refused.status == 503)
                        try await fleet.postgres.restart()
                        for role in roles { try await eventually(within: .seconds(60)) { try await fleet.isReady(role) } }
                        #expect(try await fleet.end(of: job) == "COMPLETED")
                        #expect(roles.allSatisfy { $0.process.exitStatus == nil })
                    }
                }
            }
        }

        @Test func `Postgres behind a network that drops everything: readiness says so, deadlines hold, and it heals`() async throws {
            try await Fleet.with { fleet in
                try await fleet.roles(["api"]) { roles in
                    #expect(try await fleet.api(roles[0]).search("harbor").items.isEmpty)
                    fleet.database.turn(.silent)
                    // An answer, whatever it is, and not a wait without end.
                    let answer = try await fleet.ask(roles[0], "GET", "/v1/search?q=mooring", within: .seconds(90))
                    #expect([503, 504].contains(answer.status))
                    // What the same caller was answered before is still there.
                    let last = try await fleet.api(roles[0]).search("harbor")
                    #expect(last.isDegraded && last.reasons.suffix(2) == ["database_unavailable", "recent_answer"], "\(last.reasons)")
                    try await eventually(within: .seconds(60)) { await fleet.probe(roles[0], "/readyz") == 503 }
                    #expect(await fleet.probe(roles[0], "/livez") == 200)
                    fleet.database.turn(.fair)
                    try await eventually(within: .seconds(90)) { try await fleet.isReady(roles[0]) }
                    try await eventually(within: .seconds(90)) { try await fleet.ask(roles[0], "GET", "/v1/search?q=harbor").status == 200 }
                }
            }
        }

        @Test func `a slow Postgres makes answers late, not wrong`() async throws {
            try await Fleet.with { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        fleet.database.turn(.slow(milliseconds: 100))
                        let api = fleet.api(roles[0])
                        let job = try await api.startIngestion(
                            StartIngestionRequest(webURL: site, crawlDepth: 0, library: "harbor", version: "latest"), idempotencyKey: nil
                        ).jobID
                        #expect(try await fleet.end(of: job) == "COMPLETED")
                        let found = try await api.search("moor a ship").items
                        #expect(found.count == 1)
                        #expect(await fleet.probe(roles[0], "/readyz") == 200)
                    }
                }
            }
        }

        @Test func `without Redis the api reads and accepts, counts limits by itself, and nothing accepted is lost`() async throws {
            try await Fleet.with(["PORTOLAN_RATE_LIMIT": "100/s"]) { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        let api = fleet.api(roles[0])
                        await fleet.redis.kill()
                        for role in roles.dropFirst() {
                            try await eventually(within: .seconds(60)) { await fleet.probe(role, "/readyz") == 503 }
                        }
                        // Soft for the api: it stays ready and says what is missing.
                        #expect(await fleet.probe(roles[0], "/readyz") == 200)
                        #expect(try await fleet.ask(roles[0], "GET", "/v1/search?q=harbor").status == 200)
                        #expect(try await fleet.metric(roles[0], "portolan_rate_limit_fallbacks_total") > 0)
                        var jobs: [String] = []
                        for number in 1...5 {
                            jobs.append(
                                try await api.startIngestion(
                                    StartIngestionRequest(webURL: site, crawlDepth: 0, library: "h\(number)", version: "latest"),
                                    idempotencyKey: nil
                                ).jobID)
                        }
                        try await fleet.redis.restart()
                        for job in jobs { #expect(try await fleet.end(of: job) == "COMPLETED") }
                        #expect(roles.allSatisfy { $0.process.exitStatus == nil })
                    }
                }
            }
        }

        @Test func `without its embedder a search answers by words and says so, and heals by itself`() async throws {
            try await EmbeddingServer.with { embedder, settings in
                try await Fleet.with(settings) { fleet in
                    try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                        try await Self.withSite { site in
                            let api = fleet.api(roles[0])
                            let job = try await api.startIngestion(
                                StartIngestionRequest(webURL: site, crawlDepth: 0, library: "harbor", version: "latest"),
                                idempotencyKey: nil
                            ).jobID
                            #expect(try await fleet.end(of: job) == "COMPLETED")
                            #expect(try await api.search("cast off").searchMode == .hybrid)
                            embedder.turn(.failing(500))
                            // Questions that nobody asked before, until the breaker is open: then the embedder is left alone.
                            for number in 0..<12 {
                                let answer = try await api.search("moor ship \(number)")
                                #expect(answer.searchMode == .keywordFallback)
                                #expect(answer.items.count == 1)
                            }
                            let asked = embedder.requests.count
                            for number in 20..<25 { _ = try await api.search("moor ship \(number)") }
                            #expect(embedder.requests.count == asked)
                            #expect(await fleet.probe(roles[0], "/readyz") == 200)
                            embedder.turn(.well)
                            let number = Locked(100)
                            try await eventually(within: .seconds(120)) {
                                let next = number.withLock { value in
                                    value += 1
                                    return value
                                }
                                return try await api.search("moor ship \(next)").searchMode == .hybrid
                            }
                        }
                    }
                }
            }
        }
    }
}
