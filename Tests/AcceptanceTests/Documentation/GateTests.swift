import APIClient
import APIModel
import EmbeddedServices
import Fetch
import FoundationEssentials
import TestSupport
import Testing

extension Acceptance.Documentation {
    /// Reads an archive from a site of its own: what asks the gates that a website does not come by.
    private static func readArchive(_ it: IngestedSet) async throws {
        try await withTemporaryDirectory { directory in
            try Data("# Tides\n\nThe tide tables of the harbor.\n".utf8).write(to: URL(filePath: directory + "/tides.md"))
            try await ChildProcess.run(
                "/usr/bin/bsdtar", arguments: ["--format", "zip", "-cf", directory + "/harbor.zip", "-C", directory, "tides.md"])
            let site = StaticSite(folder: directory)
            try await LoopbackHTTPServer.withServer {
                site.respond(to: $0)
            } body: { server in
                let started = try await it.stack.api.startIngestion(
                    StartIngestionRequest(webURL: server.url + "/harbor.zip", library: "harbor", kind: "archive"))
                let job = try await it.stack.ended(started.jobID)
                #expect(job.status == .completed, "\(String(describing: job.error))")
                let found = try await it.stack.api.search("tide tables", library: "harbor")
                #expect(found.items.first?.url.hasSuffix("/harbor.zip/tides.md") ?? false)
            }
        }
    }

    @Test func `every gate of the pipeline has decided after one run`() async throws {
        let it = try IngestedSet.shared()
        _ = try await it.stack.api.search("branch", library: IngestedSet.library)
        try await Self.readArchive(it)
        var decisions: [String: Double] = [:]
        for port in [it.stack.ports.api_admin, it.stack.ports.worker_admin, it.stack.ports.scheduler_admin] {
            let page = try await Self.scrape(it.stack, port: port)
            for (gate, count) in page["portolan_gate_invocations_total"] ?? [] { decisions[gate, default: 0] += count }
            let time = (page["portolan_gate_duration_seconds_sum"] ?? []).reduce(0) { $0 + $1.value }
            print("gates took \(time) s of \(page["portolan_process_cpu_seconds_total"]?.first?.value ?? 0) s of processor time")
        }
        // The registry lists its gates before they are asked: a new one without a call site fails here.
        #expect(decisions.count == 8)
        for (gate, count) in decisions { #expect(count > 0, "\(gate)") }
    }

    @Test func `a job is measured by the page, and process and database fit together`() async throws {
        let it = try IngestedSet.shared()
        // A job counts as ended when its message is, which is behind its verification.
        try await eventually {
            let worker = try await Self.scrape(it.stack, port: it.stack.ports.worker_admin)
            let jobs = worker["portolan_jobs_finished_total"]?.first { $0.label == "completed" }?.value ?? 0
            return jobs > 0 && worker["portolan_job_page_duration_seconds_count"]?.first?.value == jobs
        }
        for port in [it.stack.ports.api_admin, it.stack.ports.worker_admin] {
            // Asked for every half a minute; somebody may have scraped before there was a documentation.
            try await eventually(within: .seconds(90)) {
                let page = try await Self.scrape(it.stack, port: port)
                return page["portolan_documentations"]?.first { $0.label == "own" }?.value ?? 0 > 0
            }
            let page = try await Self.scrape(it.stack, port: port)
            #expect(page["portolan_documentations"]?.first { $0.label == "other" }?.value == 0)
            #expect(page["portolan_schema_mismatches"]?.map(\.value) == [0, 0])
        }
    }

    /// The samples of one process by metric, each with its first label's value.
    private static func scrape(_ stack: Stack, port: Int) async throws -> [String: [(label: String, value: Double)]] {
        let reply = try await stack.fetcher.send(FetchRequest("GET", "http://127.0.0.1:\(port)/metrics"))
        var samples: [String: [(label: String, value: Double)]] = [:]
        for line in String(decoding: reply.body, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            let label = line.split(separator: "\"").dropFirst().first ?? ""
            let value = line.split(separator: " ").last.flatMap { Double($0) }
            samples[String(name), default: []].append((String(label), try #require(value)))
        }
        return samples
    }
}
