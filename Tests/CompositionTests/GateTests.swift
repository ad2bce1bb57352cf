import Composition
import Logging
import Policy
import Primitives
import Telemetry
import Testing

@Suite struct GateTests {
    private let complete = [
        "PORTOLAN_DATABASE_URL": "postgresql://app:pK3-vQ9z@localhost/portolan", "PORTOLAN_REDIS_URL": "redis://localhost",
        "PORTOLAN_TOKEN": "kS8-vQ2_xW7pLm4z",
    ]

    private func settings(_ changes: [String: String], _ gates: GateRegistry) -> [String] {
        do throws(SettingsError) {
            _ = try Settings(SettingsSource(environment: complete.merging(changes) { $1 }), needs: [.database, .publicPort], gates: gates)
            return []
        } catch { return error.lines }
    }

    @Test func `the config gate decides on the start`() {
        let gates = GateRegistry()
        #expect(settings([:], gates).isEmpty)
        #expect(settings(["PORTOLAN_PORT": "-1"], gates) == ["PORTOLAN_PORT: must be a whole number from 0 to 65535, not -1"])
        #expect(settings(["PORTOLAN_DATABASE_URL": "", "PORTOLAN_PORT": "x"], gates).count == 2)
        #expect(gates.snapshot[.config]?.passes == 1)
        #expect(gates.snapshot[.config]?.rejections == [.configInvalid: 1, .configMissing: 1])
    }

    @Test(arguments: [
        ("PORTOLAN_TOKEN", "changemechangeme"), ("PORTOLAN_TOKEN", "0123456789abcdef"),
        ("PORTOLAN_DATABASE_URL", "postgresql://portolan:portolan@db:5432/portolan"),
        ("PORTOLAN_REDIS_URL", "redis://:secret@redis:6379/0"),
        ("PORTOLAN_EMBEDDER_KEY", "your-token"),
    ])
    func `a default secret stops a public process and no other`(key: String, value: String) {
        #expect(settings([key: value], GateRegistry()).isEmpty)
        let lines = settings([key: value, "PORTOLAN_BIND": "0.0.0.0"], GateRegistry())
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(key + ": ") == true)
        #expect(lines.first?.contains(value) == false)
    }

    @Test func `a scrape shows every gate, and codes after rejections, but no secret`() async throws {
        let gates = GateRegistry()
        let metrics = MetricCatalog(build: BuildInfo(version: "0", role: "test"))
        GateCollector.install(gates, metrics, Logger(label: "test"))
        _ = gates.evaluate(URLGate(URLPolicy()), "https://example.org/")
        _ = gates.evaluate(URLGate(URLPolicy()), "https://user:hunter2@example.org/?token=hunter2")
        _ = gates.evaluate(FilesystemGate(), Array("../hunter2/secret".utf8))
        let page = await metrics.registry.exposition(.prometheusText)
        for name in GateName.allCases {
            #expect(page.contains("portolan_gate_invocations_total{gate=\"\(name)\",outcome=\"pass\"}"), "\(name)")
            #expect(page.contains("portolan_gate_duration_seconds_bucket{gate=\"\(name)\",le=\"0.0001\"}"), "\(name)")
        }
        #expect(page.contains("portolan_gate_invocations_total{gate=\"url_gate\",outcome=\"pass\"} 1"))
        #expect(page.contains("portolan_gate_invocations_total{gate=\"url_gate\",outcome=\"reject\"} 1"))
        #expect(page.contains("portolan_gate_errors_total{gate=\"url_gate\",error_code=\"E_USERINFO\"} 1"))
        #expect(page.contains("portolan_gate_errors_total{gate=\"filesystem_gate\",error_code=\"E_TRAVERSAL\"} 1"))
        #expect(page.contains("portolan_gate_duration_seconds_count{gate=\"url_gate\"} 2"))
        #expect(!page.contains("hunter2"))
        #expect(metrics.policy.gateDuration.descriptor.buckets == GateStatistics.bounds.map { $0.seconds })
    }
}
