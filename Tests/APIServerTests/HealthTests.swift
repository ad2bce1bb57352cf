import APIClient
import APIModel
import Domain
import Fetch
import HTTPTypes
import Logging
import MCP
import Postgres
import Primitives
import Resilience
import TestSupport
import Testing

@testable import APIServer

@Suite struct `Health of a process` {
    private struct Away: Error {}
    private let quiet = Logger(label: "health") { _ in SwiftLogNoOpLogHandler() }

    @Test func `Two failed checks make a component unhealthy, and everything about it is told`() async throws {
        let isThere = Locked(true)
        let (changes, actions) = (Locked<[HealthBoard.Change]>([]), Locked<[String]>([]))
        let board = HealthBoard(
            checks: [
                DependencyCheck(name: "store", isHard: true) { guard isThere.withLock(\.self) else { throw Away() } },
                DependencyCheck(name: "cache", isHard: false) {},
            ], rules: [.init("store", failures: 2, .reconnectPool), .init("store", failures: 2, .pauseIntake)], logger: quiet,
            onChange: { change in changes.withLock { $0.append(change) } },
            perform: { action, component in actions.withLock { $0.append("\(component) \(action.rawValue)") } })
        #expect(await board.status == .unknown)
        await board.round()
        #expect(await board.status == .healthy)
        // The first finding is no news when it is good.
        #expect(changes.withLock { $0.isEmpty })
        isThere.withLock { $0 = false }
        await board.round()
        #expect(await board.status == .degraded)
        await board.round()
        #expect(await board.status == .unhealthy)
        #expect(changes.withLock { $0.map(\.to) } == [.degraded, .unhealthy])
        #expect(actions.withLock { $0 } == ["store reconnect_pool", "store pause_intake"])
        isThere.withLock { $0 = true }
        await board.round()
        #expect(await board.status == .healthy)
        #expect(changes.withLock { $0.last } == .init(component: "store", from: .unhealthy, to: .healthy, isHard: true))
    }

    @Test func `A check that does not end in time has failed`() async throws {
        var pacing = HealthBoard.Pacing()
        pacing.timeout = .milliseconds(1)
        let board = HealthBoard(
            checks: [DependencyCheck(name: "slow", isHard: false) { try await neverAnswering() }], pacing: pacing,
            logger: quiet)
        await board.round()
        #expect(await board.components.map(\.machine.failures) == [1])
    }

    @Test func `It checks at the interval, and again soon after a first failure`() async throws {
        let pauses = Locked<[Duration]>([])
        let isThere = Locked(true)
        var pacing = HealthBoard.Pacing()
        pacing.sleep = { pause in
            let count = pauses.withLock { pauses in
                pauses.append(pause)
                return pauses.count
            }
            if count == 2 { isThere.withLock { $0 = false } }
            if count == 5 { throw CancellationError() }
        }
        let board = HealthBoard(
            checks: [DependencyCheck(name: "store", isHard: true) { guard isThere.withLock(\.self) else { throw Away() } }],
            pacing: pacing, logger: quiet)
        try await board.run()
        let (interval, repetition) = (HealthBoard.Pacing().interval, HealthBoard.Pacing().repetition)
        #expect(pauses.withLock { $0 } == [interval, interval, repetition, interval, interval])
        // The whole way from the loss to the word for it: an interval, a check, the pause, a check.
        let limit = HealthBoard.Pacing().timeout
        #expect(interval + repetition + .seconds(3) <= .seconds(30) && limit == .seconds(5))
    }

    @Test func `The reply tells components, circuits, memory and why`() async throws {
        let isThere = Locked(true)
        var options = Edge.Options()
        options.checks = [DependencyCheck(name: "embedder", isHard: false) { guard isThere.withLock(\.self) else { throw Away() } }]
        options.tier = { .constrained }
        try await Edge.with(options) { (edge) async throws in
            let health = try await edge.client.health()
            #expect(health.status == "degraded" && health.reasons == ["memory_constrained"] && health.tier == "constrained")
            #expect(health.components.map(\.name) == ["postgres", "embedder"] && health.components.map(\.hard) == [true, false])
            #expect(health.summary == ["healthy": 2] && health.components[0].history.map(\.to) == ["healthy"])
            // No token is asked for, and the admin port says the same.
            #expect(try await edge.send("GET", "/health", token: nil).status == 200)
            #expect(try await edge.get("\(edge.adminURL)/health").json["tier"] == "constrained")
        }
    }
}

@Suite struct `Circuits for operators` {
    @Test func `An operator lists and changes them, others may not, and what is away is told with when to try again`() async throws {
        var options = Edge.Options()
        options.breakers = MemoryBreakers()
        try await Edge.with(options) { (edge) async throws in
            #expect(try await edge.client.breakers().map(\.state) == ["open", "closed"])
            #expect(try await edge.client.changeBreaker("github", "open").forced)
            #expect(try await edge.client.changeBreaker("confluence@https://wiki.example.org", "close").state == "closed")
            #expect(try await edge.send("POST", "/v1/breakers/nothing/reset").status == 404)
            #expect(try await edge.send("POST", "/v1/breakers/github/explode").status == 404)
            #expect(try await edge.send("GET", "/v1/breakers", token: nil).status == 401)
        }
        options.breakers = MemoryBreakers(isAway: true)
        try await Edge.with(options) { (edge) async throws in
            let reply = try await edge.get("/v1/breakers")
            #expect(reply.status == 503 && reply.headers["Retry-After"] == "5")
        }
    }

    @Test func `An open circuit is 503 with the time after which to try again`() {
        let failure = EdgeFailure(ResilienceError(.circuitOpen, "The circuit to storage is open", retryAfter: .seconds(12.2)))
        #expect(failure.status == 503 && failure.fault.category == .circuitOpen && failure.fault.retryAfter == .seconds(12.2))
        // The name of the dependency is nobody's business outside.
        #expect(!failure.fault.message.contains("storage"))
    }
}

@Suite struct `Answers while memory is short` {
    @Test(arguments: [(MemoryTier.constrained, 3), (.critical, 1)])
    func `A search has fewer results and says why, over REST and over MCP`(_ tier: MemoryTier, _ results: Int) async throws {
        var options = Edge.Options()
        options.tier = { tier }
        try await Edge.with(options) { (edge) async throws in
            let reply = try await edge.client.search("gadgets", limit: 10)
            // As many as the tier allows, or fewer where its tokens do not hold them.
            #expect((1...results).contains(reply.items.count) && reply.isDegraded && reply.reasons.contains("memory_\(tier.name)"))
            #expect(reply.nextCursor != nil)
            let result = try await Agent(edge: edge, isModern: true).result("search_documentation", ["query": "gadgets"])
            #expect(result["degraded"] == true && (1...results).contains(result["results"]?.arrayValue?.count ?? 0))
            #expect(result["reasons"]?.arrayValue?.contains(.string("memory_\(tier.name)")) == true)
        }
    }

    @Test func `In the last tier agents begin no ingestion either`() async throws {
        var options = Edge.Options()
        options.tier = { .failover }
        try await Edge.with(options) { (edge) async throws in
            let reply = try await Agent(edge: edge).call("ingest_documentation", ["web_url": "https://docs.example.com/more"])
            #expect(reply.isToolError && reply.toolText.contains(Fault.memoryShort.code), "\(reply)")
            #expect(try await edge.client.jobs().items.allSatisfy { $0.status == .completed })
        }
    }

    @Test func `In the last tier searches and changes are refused, and reading goes on`() async throws {
        let tier = Locked(MemoryTier.failover)
        var options = Edge.Options()
        options.tier = { tier.withLock(\.self) }
        try await Edge.with(options) { (edge) async throws in
            let search = try await edge.get("/v1/search?q=reference")
            #expect(search.status == 507 && search.headers["Retry-After"] == "30" && search.problem?.errorCode == "E_MEMORY")
            #expect(try await edge.submit(#"{"web_url":"https://docs.example.org/"}"#).status == 507)
            #expect(try await edge.get("/v1/documentation").status == 200)
            tier.withLock { $0 = .normal }
            #expect(try await edge.get("/v1/search?q=reference").status == 200)
        }
    }
}

@Suite struct `The time of a request` {
    private func budget(_ prefer: String?, _ standard: Duration = .seconds(12)) -> RequestBudget {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
        head.headerFields[.prefer] = prefer
        return RequestBudget(head, default: standard)
    }

    @Test(
        arguments: [
            (nil, 12), ("wait=5", 5), ("respond-async, wait=30", 30), ("wait=600", 60), ("wait=0", 12), ("wait=soon", 12),
            ("Wait=\"7\"", 7),
        ] as [(String?, Int)]) func `It is the default, or what the client prefers within the cap`(_ prefer: String?, _ seconds: Int)
    {
        #expect(budget(prefer).duration == .seconds(seconds))
    }

    @Test func `Everything below has the deadline, and what takes longer is cancelled and answered with 504`() async throws {
        #expect(Deadline.current == nil)
        let left = try await budget("wait=5").run { Deadline.current?.remaining ?? .zero }
        #expect(left > .zero && left <= .seconds(5))
        let cancelled = Locked(false)
        do {
            try await budget(nil, .milliseconds(5)).run {
                do { try await neverAnswering() } catch {
                    cancelled.withLock { $0 = true }
                    throw error
                }
            }
            #expect(Bool(false), "it has ended")
        } catch let fault as Fault {
            #expect(fault.category == .timeout && fault.code == "E_TIMEOUT" && fault.isTransient)
        }
        #expect(cancelled.withLock { $0 })
    }

    @Test func `A slow dependency does not hold a request longer than its time`() async throws {
        var options = Edge.Options()
        options.requestTimeout = .milliseconds(300)
        try await Edge.with(options) { (edge) async throws in
            try await edge.database.withTransaction { connection in
                _ = try await connection.query("lock table portolan.library in access exclusive mode")
                let reply = try await edge.get("/v1/documentation")
                #expect(reply.status == 504, "\(reply)")
            }
            try await eventually { try await edge.get("/v1/documentation").status == 200 }
        }
    }
}
