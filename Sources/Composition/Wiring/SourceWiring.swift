import Connectors
import Domain
import Ingestion
import Policy
import Primitives
import Storage
import Telemetry
import WorkerService

extension Backends {
    /// The kinds of sources that this deployment can read: a connector is a row here and a folder in `Connectors`.
    func sources(gates: GateRegistry) -> SourceRegistry {
        let credentials = CredentialStore(directory: settings.credentialsDirectory)
        return SourceRegistry([
            WebsiteConnector(fetcher: fetcher, policy: urlPolicy, gates: gates),
            GitHubConnector(fetcher: fetcher, policy: urlPolicy, gates: gates, credentials: credentials),
            NotionConnector(fetcher: fetcher, policy: urlPolicy, gates: gates, credentials: credentials),
            OntologyConnector(
                fetcher: fetcher, policy: urlPolicy, gates: gates, largestFile: .mebibytes(settings.ontologyMaxMebibytes)),
        ])
    }

    /// The kinds whose providers may call; one without a secret refuses every delivery with a fault that names the setting.
    func webhookReceivers() -> [any WebhookReceiver] {
        [GitHubWebhook(secret: settings.githubWebhookSecret), NotionWebhook(secret: settings.notionWebhookSecret)]
    }

    /// Looks at the sources that are due.
    func sourceWatcher(gates: GateRegistry) -> SourceWatcher {
        let (store, metrics) = (PostgresSourceSyncStore(postgres), metrics)
        let synchronizer = SourceSynchronizer(
            store: store, jobs: PostgresJobStore(postgres), registry: sources(gates: gates), holder: Self.holder("scheduler"),
            logger: logger, onLook: { kind, outcome in metrics.sources.looks.increment(kind.rawValue, outcome.rawValue) })
        return SourceWatcher(synchronizer: synchronizer, store: store, client: postgres, metrics: metrics, logger: logger)
    }
}
