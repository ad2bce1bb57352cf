import Policy
import Telemetry

/// Decisions of the gates, read from their registry at each scrape.
enum GateCollector {
    static func install(_ gates: GateRegistry, _ metrics: MetricCatalog) {
        metrics.registry.addCollector {
            for (name, statistics) in gates.snapshot {
                metrics.policy.gateInvocations.advance(to: statistics.passes, name, "pass", "none")
                for (code, count) in statistics.rejections {
                    metrics.policy.gateInvocations.advance(to: count, name, "reject", code.description)
                }
            }
        }
    }
}
