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
    /// What a process holds, as the kernel and the servers tell it.
    private struct Holdings: Sendable, CustomStringConvertible {
        var descriptors = 0
        var threads = 0
        var mebibytes = 0
        /// Connections to Postgres.
        var database = 0

        init(_ role: Fleet.Role, _ fleet: Fleet) async throws {
            let process = "/proc/\(role.process.processIdentifier)"
            descriptors = try FileManager.default.contentsOfDirectory(atPath: process + "/fd").count
            threads = try FileManager.default.contentsOfDirectory(atPath: process + "/task").count
            let line = try Stack.text(process + "/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            mebibytes = (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
            // With a trace or without one behind it.
            let name = "portolan-\(role.name)%"
            database = Int(
                try await fleet.number("select count(*) as n from pg_stat_activity where application_name like \(name)"))
        }

        var description: String { "\(descriptors) descriptors, \(threads) threads, \(mebibytes) MiB, \(database) to Postgres" }

        /// Whether nothing has grown beyond a fifth of what it was, with a little room for what comes and goes.
        func isNoMore(than before: Holdings) -> Bool {
            func holds(_ now: Int, _ then: Int, _ room: Int) -> Bool { now <= then + then / 5 + room }
            return holds(descriptors, before.descriptors, 8) && holds(threads, before.threads, 2) && holds(mebibytes, before.mebibytes, 16)
                && holds(database, before.database, 2)
        }
    }

    /// What callers do in a while: questions of all kinds, some refused, some given up, streams that nobody ends, jobs of all ends.
    private static func round(_ number: Int, _ roles: [Fleet.Role], _ fleet: Fleet, _ site: String) async throws {
        let api = roles[0]
        // Its connections go with it, as those of clients do that restart.
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let guest = fleet.using(fetcher)
        let agent = MCPConnection(url: api.url, token: Fleet.token, fetcher: fetcher, era: .modern)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<10 {
                group.addTask {
                    for turn in 0..<50 {
                        let words = "moor+\(number)+\(caller)+\(turn)"
                        switch turn % 5 {
                        case 0: _ = try await agent.call("search_documentation", ["query": .string("moor \(number) \(caller) \(turn)")])
                        case 1: _ = try await guest.ask(api, "GET", "/v1/nothing")
                        case 2: _ = try await guest.ask(api, "GET", "/v1/search?q=\(words)&limit=none")
                        case 3:
                            let left = Task { try await guest.ask(api, "GET", "/v1/search?q=\(words)") }
                            await Task.yield()
                            left.cancel()
                            _ = await left.result
                        default:
                            let reply = try await guest.ask(api, "GET", "/v1/search?q=\(words)")
                            #expect(reply.status == 200)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await whileListening(30, at: api, guest) {}
        for (library, path) in [("leak-\(number)", ""), ("leak", ""), ("gone-\(number)", "gone")] {
            let request = StartIngestionRequest(webURL: site + path, crawlDepth: 0, library: library, version: "latest")
            let job = try await guest.api(api).startIngestion(request, idempotencyKey: nil).jobID
            let end = try await fleet.end(of: job)
            #expect(end == (path.isEmpty ? "COMPLETED" : "FAILED"))
        }
        try await eventually(within: .seconds(60)) { try await fleet.metric(api, "portolan_mcp_open_streams") == 0 }
        try await eventually(within: .seconds(60)) { try await fleet.metric(api, "portolan_http_requests_in_flight") == 0 }
    }

    @Test func `thousands of requests, streams and jobs, good, bad and given up, leave nothing behind in any process`() async throws {
        try await EmbeddingServer.with { _, settings in
            try await Fleet.with(settings) { fleet in
                try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                    try await LoopbackHTTPServer.withServer { request in
                        request.path == "/" ? .html("<h1>Harbor</h1><p>How to moor a ship.</p>") : .status(404)
                    } body: { site in
                        let address = site.url + "/"
                        // Caches, pools and arenas get the size that this takes.
                        for number in 1...3 { try await Self.round(number, roles, fleet, address) }
                        var before: [Holdings] = []
                        for role in roles { before.append(try await Holdings(role, fleet)) }
                        for number in 4...9 { try await Self.round(number, roles, fleet, address) }
                        for (role, then) in zip(roles, before) {
                            var now = try await Holdings(role, fleet)
                            try? await eventually(within: .seconds(90)) {
                                now = try await Holdings(role, fleet)
                                return now.isNoMore(than: then)
                            }
                            #expect(now.isNoMore(than: then), "\(role.name): \(then), then \(now)")
                        }
                        let messages = try await fleet.command("client", "list").split(separator: "\n").count
                        #expect(messages <= 30)
                        #expect(try await fleet.number("select count(*) as n from pg_stat_activity where state like 'idle in%'") == 0)
                        #expect(try await fleet.number("select count(*) as n from portolan.job where finished_at is null") == 0)
                        let work = (try? FileManager.default.subpathsOfDirectory(atPath: fleet.folder + "/work")) ?? []
                        #expect(work.filter { !$0.hasSuffix("work") }.count < 10, "\(work)")
                    }
                }
            }
        }
    }
}
