package import Domain
package import Logging
package import Policy
import Primitives
package import Telemetry

/// Decisions of the gates: figures at each scrape, rejections in the log.
package enum GateCollector {
    /// Adds a collector to `metrics`, and lets `logger` and `events` tell of each rejection.
    package static func install(_ gates: GateRegistry, _ metrics: MetricCatalog, _ logger: Logger, _ events: (any EventSink)? = nil) {
        metrics.registry.addCollector { collect(gates, metrics) }
        gates.observeRejections { name, rejection in
            // What it holds is scrubbed, and a caller may send as much as it likes: `info`, so that nobody can fill the warnings.
            logger.info(
                "gate rejected",
                metadata: [
                    "gate": "\(name)", "domain": "\(name.domain.rawValue)", "code": "\(rejection.code)", "field": "\(rejection.field)",
                    "details": .dictionary(rejection.details.mapValues { "\($0)" }),
                ])
            var payload = ["gate": name.rawValue, "domain": name.domain.rawValue, "code": "\(rejection.code)", "field": rejection.field]
            for (key, value) in rejection.details { payload["detail_\(key)"] = value }
            let isBroken = rejection.code == .gateFailed
            events?.record(NewEvent(isBroken ? .gateError : .gate, isBroken ? .error : .warning, payload))
        }
        gates.observeDecisions { name, note, rejection in
            guard name == .databaseBoundary else { return }
            var payload = note
            payload["outcome"] = rejection == nil ? "pass" : "reject"
            payload["code"] = rejection.map { "\($0.code)" }
            events?.record(NewEvent(.boundaryCheck, rejection == nil ? .info : .warning, payload))
        }
    }

    private static func collect(_ gates: GateRegistry, _ metrics: MetricCatalog) {
        for (name, figures) in gates.snapshot {
            metrics.policy.gateInvocations.advance(to: figures.passes, name.rawValue, "pass")
            metrics.policy.gateInvocations.advance(to: figures.rejects, name.rawValue, "reject")
            metrics.policy.gateDuration.advance(to: figures.buckets, sum: figures.total.seconds, name.rawValue)
            for (code, count) in figures.rejections {
                metrics.policy.gateErrors.advance(to: count, name.rawValue, code.description)
            }
        }
    }
}
