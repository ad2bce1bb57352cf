import APIClient
import APIModel
import EmbeddedServices
import Fetch
import FoundationEssentials
import MCP
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Chaos {
    /// The state of a circuit as the api tells it.
    private static func circuit(_ name: String, at role: Fleet.Role, _ fleet: Fleet) async throws -> BreakerDetail {
        let found = try await fleet.api(role).breakers().first { $0.name == name }
        return try #require(found)
    }

    /// Asks `count` questions that nobody asked before, `rate` a second, in turn at each of `roles`; returns the answers.
    private static func burst(
        _ count: Int, perSecond rate: Int, at roles: [Fleet.Role], _ fleet: Fleet, word: String
    ) async throws -> [SearchResponse] {
        try await withThrowingTaskGroup(of: SearchResponse.self) { group in
            let start = ContinuousClock.now
            for number in 0..<count {
                let role = roles[number % roles.count]
                group.addTask {
                    try await Task.sleep(until: start + .seconds(1) * number / rate)
                    return try await fleet.api(role).search("\(word) moor \(number)")
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `fifty failing calls a second open a circuit after five, and three good ones close it, over all processes`() async throws {
        try await EmbeddingServer.with { embedder, settings in
            let own = ["PORTOLAN_BREAKERS": "embedder=5/20/3"]
            try await Fleet.with(settings.merging(own) { $1 }) { fleet in
                try await fleet.roles(["api", "api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        let apis = Array(roles.prefix(2))
                        try await Self.ingest(site, library: "harbor", at: roles[0], fleet)
                        embedder.turn(.failing(503))
                        let asked = embedder.requests.count
                        let answers = try await Self.burst(150, perSecond: 50, at: apis, fleet, word: "gale")
                        // Everybody has an answer, and it says what is missing.
                        #expect(answers.count == 150)
                        #expect(answers.allSatisfy { $0.isDegraded && $0.reasons == ["embedder_unavailable"] && $0.items.count == 1 })
                        let open = try await Self.circuit("embedder", at: roles[1], fleet)
                        #expect(open.state == "open" && !open.forced && open.retryAfterSeconds ?? 0 > 0)
                        #expect(open.changes.map(\.to) == ["open"])
                        // Five that counted, and those that were under way beside them.
                        let failed = embedder.requests.count - asked
                        #expect((5...20).contains(failed), "\(failed)")

                        // While nobody answers them, no more than three may try, of forty at two processes.
                        embedder.turn(.silent)
                        try await eventually(within: .seconds(60)) {
                            try await Self.circuit("embedder", at: roles[0], fleet).retryAfterSeconds ?? 0 == 0
                        }
                        let before = embedder.requests.count
                        let answered = Locked(0)
                        let replies = try await withThrowingTaskGroup(of: SearchResponse.self) { group in
                            for number in 0..<40 {
                                group.addTask {
                                    let reply = try await fleet.api(apis[number % 2]).search("lull moor \(number)")
                                    answered.withLock { $0 += 1 }
                                    return reply
                                }
                            }
                            try await eventually(within: .seconds(60)) { answered.withLock(\.self) >= 37 }
                            let probes = embedder.requests.count - before
                            embedder.turn(.well)
                            #expect(probes == 3)
                            return try await group.reduce(into: [SearchResponse]()) { $0.append($1) }
                        }
                        #expect(replies.count == 40 && replies.allSatisfy { $0.items.count == 1 })
                        #expect(replies.count { $0.searchMode == .hybrid } == 3)
                        let closed = try await Self.circuit("embedder", at: roles[1], fleet)
                        #expect(closed.state == "closed" && closed.changes.map(\.to) == ["open", "half_open", "closed"])
                        let calm = try await Self.burst(50, perSecond: 50, at: apis, fleet, word: "calm")
                        #expect(calm.allSatisfy { !$0.isDegraded && $0.searchMode == .hybrid })
                    }
                }
            }
        }
    }

    @Test(arguments: ["embedder", "redis"])
    func `one that does not answer takes no other down: only its own circuit opens, and what does not need it goes on`(
        ill: String
    ) async throws {
        try await EmbeddingServer.with { embedder, settings in
            let own = ["PORTOLAN_BREAKERS": "embedder=5/600/3,redis=5/600/1", "PORTOLAN_RATE_LIMIT": "1000/s"]
            try await Fleet.with(settings.merging(own) { $1 }) { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        let api = roles[0]
                        try await Self.ingest(site, library: "harbor", at: api, fleet)
                        if ill == "embedder" { embedder.turn(.silent) } else { fleet.messages.turn(.silent) }
                        // More callers than there are connections to anything.
                        let isOver = Locked(false)
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for caller in 0..<60 {
                                group.addTask {
                                    for number in 0..<4 {
                                        let path = "/v1/search?q=swell+\(caller)+moor+\(number)"
                                        let status = try await fleet.ask(api, "GET", path).status
                                        #expect(status == 200)
                                    }
                                }
                            }
                            group.addTask {
                                while !isOver.withLock(\.self) {
                                    for path in ["/v1/documentation", "/v1/libraries", "/v1/jobs", "/health"] {
                                        let status = try await fleet.ask(api, "GET", path).status
                                        #expect(status == 200, "\(path)")
                                    }
                                    #expect(await fleet.probe(api, "/readyz") == 200)
                                }
                            }
                            for _ in 0..<60 { try await group.next() }
                            isOver.withLock { $0 = true }
                            try await group.waitForAll()
                        }
                        try await eventually(within: .seconds(60)) {
                            try await fleet.metric(api, "portolan_breaker_state", "breaker=\"\(ill)\"") == 2
                        }
                        for other in ["embedder", "redis", "storage", "github"] where other != ill {
                            #expect(try await fleet.metric(api, "portolan_breaker_state", "breaker=\"\(other)\"") == 0, "\(other)")
                        }
                        #expect(try await fleet.metric(api, "portolan_http_requests_total", "status=\"5xx\"") == 0)
                        let health = try await fleet.api(api).health()
                        #expect(health.components.contains { $0.name == "postgres" && $0.status == "healthy" })
                        #expect(health.reasons.contains { $0.contains(ill) }, "\(health.reasons)")
                        let answer = try await fleet.api(api).search("moor when it is over")
                        #expect(answer.items.count == 1 && answer.isDegraded == (ill == "embedder"))
                    }
                }
            }
        }
    }

    @Test func `what lies in Redis and is not what it should be is thrown away, and nobody's answer depends on it`() async throws {
        try await EmbeddingServer.with { embedder, settings in
            let own = ["PORTOLAN_RATE_LIMIT": "1000/s"]
            try await Fleet.with(settings.merging(own) { $1 }) { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await Self.withSite { site in
                        let api = roles[0]
                        try await Self.ingest(site, library: "harbor", at: api, fleet)
                        _ = try await fleet.api(api).changeBreaker("embedder", "open")
                        _ = try await fleet.api(api).changeBreaker("embedder", "close")
                        // Every key that there is, and those that there could be, as something of another kind or with values of nobody.
                        var keys = try await fleet.command("keys", "portolan:*").split(separator: "\n").map(String.init)
                        #expect(keys.contains { $0.hasPrefix("portolan:rate:") } && keys.contains("portolan:breaker:embedder"), "\(keys)")
                        keys += ["portolan:breaker:embedder:failures", "portolan:breaker:embedder:probes", "portolan:breakers:known"]
                        for kind in ["text", "hash"] {
                            for key in Set(keys).sorted() where !key.hasPrefix("portolan:jobs") && !key.contains("leader") {
                                try await fleet.command("del", key)
                                if kind == "text" {
                                    try await fleet.command("set", key, "poison")
                                } else {
                                    try await fleet.command(
                                        "hset", key, "state", "mad", "generation", "x", "row", "-7", "until", "nan", "forced", "maybe",
                                        "tokens", "none", "at", "never", "successes", "many", "since", "?", "first", "y")
                                }
                            }
                            // Whoever asks gets the truth, with vectors and without an error.
                            for number in 0..<10 {
                                let answer = try await fleet.api(api).search("\(kind) moor \(number)")
                                #expect(answer.items.count == 1 && answer.searchMode == .hybrid && !answer.isDegraded, "\(kind)")
                            }
                            let (before, path) = (try await fleet.metric(api, "portolan_rate_limit_fallbacks_total"), "/v1/libraries")
                            // And the fleet counts together again: nothing of it is decided alone any more.
                            #expect(try await fleet.ask(api, "GET", path).status == 200)
                            #expect(try await fleet.metric(api, "portolan_rate_limit_fallbacks_total") == before)
                            #expect(try await fleet.api(api).changeBreaker("embedder", "open").shared)
                            #expect(try await fleet.api(api).search("\(kind) moor at last").reasons == ["embedder_unavailable"])
                            #expect(try await fleet.api(api).changeBreaker("embedder", "reset").state == "closed")
                        }
                        try await Self.ingest(site, library: "after", at: api, fleet)
                        #expect(roles.allSatisfy { $0.process.exitStatus == nil })
                        _ = embedder
                    }
                }
            }
        }
    }
}
