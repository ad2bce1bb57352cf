package import Catalog
import Connectors
import Domain
import Ingestion
import JobQueue
import ObjectStorage
package import Policy
import Primitives
import Resilience
import Storage
import Telemetry
import WorkerService

extension Backends {
    /// The kinds of sources that this deployment can read: a connector is a row here and a folder in `Connectors`.
    func sources(gates: GateRegistry) -> SourceRegistry {
        let credentials = CredentialStore(directory: settings.credentialsDirectory)
        let answers = metrics.sources.providerRequests
        let onAnswer: ProviderObserver = { answers.increment($0, $1.rawValue) }
        return SourceRegistry([
            WebsiteConnector(fetcher: fetcher, policy: urlPolicy, gates: gates),
            ListConnector(fetcher: fetcher, policy: urlPolicy, gates: gates),
            GitHubConnector(
                fetcher: fetcher, policy: urlPolicy, gates: gates, credentials: credentials, dependencies: dependencies,
                onAnswer: onAnswer),
            NotionConnector(
                fetcher: fetcher, policy: urlPolicy, gates: gates, credentials: credentials, dependencies: dependencies,
                onAnswer: onAnswer),
            ConfluenceConnector(
                fetcher: fetcher, policy: urlPolicy, gates: gates, credentials: credentials, dependencies: dependencies,
                onAnswer: onAnswer),
            OntologyConnector(
                fetcher: fetcher, policy: urlPolicy, gates: gates, largestFile: .mebibytes(settings.ontologyMaxMebibytes),
                intake: catalogBoundaries(gates: gates)),
            ArchiveConnector(
                fetcher: fetcher, policy: urlPolicy, gates: gates, spool: spool(gates: gates),
                intake: catalogBoundaries(gates: gates), work: WorkFolder(settings.workDirectory), events: events),
            FolderConnector(spool: spool(gates: gates), gates: gates),
        ])
    }

    /// Files and rows of the catalog.
    package func catalogBoundaries(gates: GateRegistry) -> CatalogBoundaries {
        let events = events
        let store = settings.storage.store(fetcher: fetcher, gates: gates, dependencies: dependencies)
        return CatalogBoundaries(
            catalog: PostgresCatalogStore(postgres, gates: gates),
            objects: ObservedObjectStore(store) { events.recordStorage($0, objects: $1, bytes: $2) })
    }

    /// The nightly comparison of index and catalog with what there should be.
    func reconciliation(gates: GateRegistry) throws -> NightlyReconciliation {
        let doctor = CatalogDoctor(catalogBoundaries(gates: gates))
        return try NightlyReconciliation(
            Reconciliation(audit: PostgresIndexAudit(postgres), doctor: doctor),
            leadership: Leadership(postgres, name: "reconciliation", holder: Self.holder("scheduler"), term: .seconds(7200)),
            metrics: metrics, logger: logger)
    }

    /// The kinds whose providers may call; one without a secret refuses every delivery with a fault that names the setting.
    func webhookReceivers() -> [any WebhookReceiver] {
        [
            GitHubWebhook(secret: settings.githubWebhookSecret), NotionWebhook(secret: settings.notionWebhookSecret),
            ConfluenceWebhook(secret: settings.confluenceWebhookSecret),
        ]
    }

    /// Looks at the sources that are due.
    func sourceWatcher(gates: GateRegistry) -> SourceWatcher {
        let (store, metrics) = (PostgresSourceSyncStore(postgres), metrics)
        let synchronizer = SourceSynchronizer(
            store: store, jobs: PostgresJobStore(postgres), registry: sources(gates: gates), holder: Self.holder("scheduler"),
            logger: logger, onLook: { kind, outcome in metrics.sources.looks.increment(kind.rawValue, outcome.rawValue) })
        return SourceWatcher(synchronizer: synchronizer, store: store, client: postgres, metrics: metrics, logger: logger)
    }

    /// Tells about failed jobs; nil where nobody wants to know.
    func notifications() -> NotificationService? {
        guard let url = settings.notifyURL else { return nil }
        let told = metrics.sources.notifications
        let notifier = FailureNotifier(
            store: PostgresNotificationStore(postgres),
            notifier: IncomingWebhook(fetcher: fetcher, url: url, dependency: dependencies.of("notifications")), logger: logger,
            onOutcome: { told.increment($0.name) })
        return NotificationService(notifier: notifier, logger: logger)
    }

    private func spool(gates: GateRegistry) -> SpoolFolder? { settings.spoolDirectory.map { SpoolFolder($0, gates: gates) } }

    /// The intake of the spool folder; nil where there is none.
    func spoolIntake(gates: GateRegistry) -> SpoolIntake? {
        guard let spool = spool(gates: gates) else { return nil }
        let jobs = PostgresJobStore(postgres)
        let ingestion = IngestionService(jobs: jobs, sources: sources(gates: gates), maxPages: settings.crawlMaxPages)
        return SpoolIntake(spool: spool, ingestion: ingestion, jobs: jobs, logger: logger)
    }
}
