import APIClient
import Fetch
import TestSupport
import Testing

extension Acceptance.Documentation {
    /// Asked only while an archive is read or a file is stored, which a website does not do.
    private static let ofOtherSources: Set<String> = ["filesystem_gate", "extraction_gate", "storage_gate"]

    @Test func `every gate of the pipeline has decided after one run`() async throws {
        let it = try IngestedSet.shared()
        _ = try await it.stack.api.search("branch", library: IngestedSet.library)
        var decisions: [String: Double] = [:]
        for port in [it.stack.ports.api_admin, it.stack.ports.worker_admin, it.stack.ports.scheduler_admin] {
            let page = try await Self.scrape(it.stack, port: port)
            for (gate, count) in page["portolan_gate_invocations_total"] ?? [] { decisions[gate, default: 0] += count }
            let time = (page["portolan_gate_duration_seconds_sum"] ?? []).reduce(0) { $0 + $1.value }
            print("gates took \(time) s of \(page["portolan_process_cpu_seconds_total"]?.first?.value ?? 0) s of processor time")
        }
        // The registry lists its gates before they are asked: a new one without a call site fails here.
        #expect(decisions.count == 8)
        for (gate, count) in decisions where !Self.ofOtherSources.contains(gate) { #expect(count > 0, "\(gate)") }
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
