import Connectors
import Domain
import Ingestion
import Policy
import Storage
import Telemetry
import WorkerService

extension Backends {
    /// The kinds of sources that this deployment can read: a connector is a row here and a folder in `Connectors`.
    func sources(gates: GateRegistry) -> SourceRegistry {
        SourceRegistry([
            WebsiteConnector(fetcher: fetcher, policy: urlPolicy, gates: gates)
        ])
    }

    /// The webhooks that this deployment takes.
    func webhookReceivers() -> [any WebhookReceiver] { [] }

    /// Looks at the sources that are due.
    func sourceWatcher(gates: GateRegistry) -> SourceWatcher {
        let (store, metrics) = (PostgresSourceSyncStore(postgres), metrics)
        let synchronizer = SourceSynchronizer(
            store: store, jobs: PostgresJobStore(postgres), registry: sources(gates: gates), holder: Self.holder("scheduler"),
            logger: logger, onLook: { kind, outcome in metrics.sources.looks.increment(kind.rawValue, outcome.rawValue) })
        return SourceWatcher(synchronizer: synchronizer, store: store, client: postgres, metrics: metrics, logger: logger)
    }
}
