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
    /// A container's memory as the kernel tells of it, which a test writes: it lies over the control groups of one process.
    private struct Container: Sendable {
        let folder: String
        private static let limit = 1_000_000_000

        /// Where the process looks: its own group in the unified hierarchy.
        private var group: String {
            let line = ((try? Stack.text("/proc/self/cgroup")) ?? "").split(separator: "\n").first { $0.hasPrefix("0::/") }
            return folder + (line?.dropFirst(3) ?? "/")
        }

        func fill(_ share: Double) throws {
            try FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: true)
            for (name, value) in [("memory.max", Double(Self.limit)), ("memory.current", Double(Self.limit) * share)] {
                // Replaced as a whole: the process must not read half a number.
                try Data("\(Int(value))\n".utf8).write(to: URL(filePath: "\(group)/\(name).new"))
                guard unsafe rename("\(group)/\(name).new", "\(group)/\(name)") == 0 else { throw Unexpected("\(name) cannot be written") }
            }
        }

        /// The program and the words before the name of a role.
        var wrapper: [String] {
            let mode = geteuid() == 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"]
            return ["/usr/bin/unshare"] + mode + ["/bin/sh", "-c", "mount --bind '\(folder)' /sys/fs/cgroup && exec \"$0\" \"$@\""]
        }
    }

    @Test func `memory that runs short makes answers smaller, then refuses, and comes back step by step`() async throws {
        try await EmbeddingServer.with { _, settings in
            try await Fleet.with(settings) { fleet in
                let container = Container(folder: fleet.folder + "/cgroup")
                try container.fill(0.5)
                try await fleet.roles(["scheduler"]) { _ in
                    try await fleet.roles(["api", "worker"], through: container.wrapper) { roles in
                        try await Self.withSite { site in
                            let (api, worker) = (roles[0], roles[1])
                            for number in 1...5 { try await Self.ingest(site, library: "harbor-\(number)", at: api, fleet) }
                            let whole = try await fleet.api(api).search("moor a ship")
                            #expect(whole.items.count == 5 && !whole.isDegraded)
                            func turn(_ share: Double, _ tier: String, _ level: Double) async throws {
                                try container.fill(share)
                                for role in roles {
                                    try await eventually(within: .seconds(120)) {
                                        try await fleet.metric(role, "portolan_memory_tier") == level
                                    }
                                }
                                #expect(try await fleet.api(api).health().tier == tier)
                            }
                            for (share, tier, level, count) in [(0.86, "constrained", 2.0, 3), (0.93, "critical", 3.0, 1)] {
                                try await turn(share, tier, level)
                                let answer = try await fleet.api(api).search("moor a ship")
                                // As many as the tier allows, or fewer where its tokens do not hold them.
                                #expect((1...count).contains(answer.items.count), "\(tier): \(answer.items.count)")
                                #expect(answer.isDegraded && answer.reasons == ["memory_\(tier)"], "\(tier): \(answer.reasons)")
                                #expect(try await fleet.api(api).health().reasons.contains("memory_\(tier)"))
                            }
                            // A worker begins nothing any more; what is accepted waits.
                            #expect(try await fleet.metric(worker, "portolan_intake_paused") == 1)
                            let request = StartIngestionRequest(webURL: site, crawlDepth: 0, library: "later", version: "latest")
                            let job = try await fleet.api(api).startIngestion(request, idempotencyKey: nil).jobID

                            try await turn(0.98, "failover", 4)
                            let refused = try await fleet.ask(api, "GET", "/v1/search?q=moor")
                            #expect(refused.status == 507 && refused.headers["Retry-After"] == "30")
                            // What this caller was answered when there was room is still there; the answers of the other tiers are none.
                            let last = try await fleet.api(api).search("moor a ship")
                            #expect(last.items.map(\.sectionURI) == whole.items.map(\.sectionURI))
                            #expect(last.reasons == ["memory_failover", "recent_answer"], "\(last.reasons)")
                            let json = #"{"web_url": "\#(site)", "library": "never", "version": "latest"}"#
                            #expect(try await fleet.ask(api, "POST", "/v1/documentation/ingestion", json: json).status == 507)
                            #expect(try await fleet.ask(api, "GET", "/v1/documentation").status == 200)
                            #expect(await fleet.probe(api, "/readyz") == 200)
                            #expect(
                                try await fleet.number(
                                    "select count(*) as n from portolan.job where id::text = \(job) and started_at is null") == 1)

                            try await turn(0.4, "normal", 1)
                            #expect(try await fleet.end(of: job) == "COMPLETED")
                            #expect(try await fleet.api(api).search("moor a ship").items.count == 6)
                            try await Self.expectSteps(fleet, roles)
                        }
                    }
                }
            }
        }
    }

    /// Up at once, down one by one, in each process, and told to everybody who listens in Redis.
    private static func expectSteps(_ fleet: Fleet, _ roles: [Fleet.Role]) async throws {
        let steps = ["constrained", "critical", "failover", "critical", "constrained", "normal"]
        for role in roles {
            let told = try role.lines.filter { $0.contains("memory tier changed") }.map {
                try JSONValue(parsing: Array($0.utf8))["to"]?.stringValue ?? ""
            }
            #expect(told == steps, "\(role.name)")
        }
        let entries = try await fleet.command("xrange", "portolan:degradation", "-", "+").split(separator: "\n").map(String.init)
        for role in roles {
            // Names and values on lines of their own: role, api, instance, …, tier, constrained.
            var own: [String] = []
            for index in entries.indices where entries[index] == "role" && entries[index + 1] == role.name {
                let tier = entries[index...].firstIndex(of: "tier").map { entries[$0 + 1] }
                own.append(tier ?? "")
            }
            #expect(own == steps, "\(role.name)")
        }
    }
}
