import Catalog
import Domain
import FoundationEssentials
import Ingestion
package import JobQueue
import Models
package import Policy
import Resilience
import Retrieval
import Storage
import Telemetry
import WorkerService

/// The queue's parts, from the connections of a process.
extension Backends {
    /// Settings of the queue.
    package var queueSettings: JobQueueSettings {
        var queue = JobQueueSettings()
        queue.slots = settings.ingestionSlots
        queue.leaseDuration = settings.leaseDuration
        queue.renewalInterval = settings.leaseDuration / 4
        queue.republishAfter = min(.seconds(15), settings.leaseDuration)
        queue.claimIdle = settings.leaseDuration + .seconds(30)
        return queue
    }

    /// A name for this process that no other one has.
    static func holder(_ role: String) -> String {
        "\(role)-\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString.prefix(8).lowercased())"
    }

    /// What may be fetched.
    package var urlPolicy: URLPolicy {
        var policy = URLPolicy()
        policy.allowedNetworks = settings.allowedNetworks
        return policy
    }

    func pipeline(embedder: (any Embedder)?, gates: GateRegistry) -> IngestionPipeline {
        var options = IngestionPipeline.Options()
        options.crawl.concurrency = settings.crawlConcurrency
        options.crawl.pageTimeout = settings.crawlPageTimeout
        options.embeddingBatch = settings.embeddingBatchSize
        options.storesRawPages = settings.storesRawPages
        options.validation.mode = settings.validation
        let tracer = tracer
        options.onStage = { tracer.add("stage \($0)", took: $1, attributes: ["portolan.stage": .text($0)]) }
        let sources = sources(gates: gates)
        return IngestionPipeline(
            store: PostgresIngestionStore(postgres, gates: gates),
            makeSource: { settings, extractLinks in
                try sources.connector(settings.kind).makeSource(settings, extractLinks: extractLinks)
            }, embedder: embedder, catalog: catalogBoundaries(gates: gates), options: options)
    }

    /// Searches as clients do.
    func searchService(embedder: (any Embedder)?, gates: GateRegistry) -> SearchService {
        SearchService(
            store: PostgresSearchStore(postgres, gates: gates),
            embedding: QueryEmbedding(
                embedder: embedder, breaker: dependencies.of("embedder").breaker, recent: vectors,
                onRecall: { [metrics] in metrics.search.recalled.increment("vector") }, isOn: { [features] in features.isOn(.vectorSearch) }
            ))
    }

    /// Looks at documentations after jobs, with questions to `search`.
    func verifier(search: SearchService) -> JobVerifier {
        JobVerifier(
            store: PostgresVerificationStore(postgres),
            search: { text, documentation, limit in
                let answer = try await search.search(
                    SearchQuery(text: text, scope: SearchScope(documentation: documentation), limit: limit), access: .all)
                return (
                    answer.hits.map {
                        JobVerifier.Hit(path: $0.section.path, url: $0.url, score: $0.score, excerpt: $0.excerpt)
                    }, answer.mode.rawValue
                )
            })
    }

    /// Verifies after jobs, and what is owed.
    func verification(embedder: (any Embedder)?, gates: GateRegistry) -> VerificationService {
        VerificationService(
            verifier: verifier(search: searchService(embedder: embedder, gates: gates)),
            verifications: PostgresVerificationStore(postgres), jobs: PostgresJobStore(postgres), metrics: metrics, logger: logger)
    }

    func consumer(embedder: (any Embedder)?, verification: VerificationService, gates: GateRegistry) -> StreamConsumer {
        let name = Self.holder("worker")
        let handler = IngestHandler(
            pipeline: pipeline(embedder: embedder, gates: gates), store: PostgresJobStore(postgres),
            verification: verification, metrics: metrics, tracer: tracer)
        let runner = JobRunner(
            leases: LeaseStore(postgres, settings: queueSettings), handler: handler, settings: queueSettings, holder: name, logger: logger)
        let metrics = metrics
        return StreamConsumer(
            redis: redis, client: postgres, runner: runner, settings: queueSettings, name: name, concurrency: settings.workerConcurrency,
            logger: logger
        ) { metrics.count($0) }
    }

    /// Runs `consumer`, and shows how many jobs it may run at a time.
    func worker(_ consumer: StreamConsumer) -> JobWorker {
        let metrics = metrics
        guard settings.hasBackPressure else {
            metrics.queue.concurrency.set(settings.workerConcurrency)
            return JobWorker(consumer: consumer, governor: nil, logger: logger)
        }
        let governor = ConcurrencyGovernor(consumer: consumer, client: postgres, logger: logger) { metrics.queue.concurrency.set($0) }
        return JobWorker(consumer: consumer, governor: governor, logger: logger)
    }

    func scheduler() -> JobScheduler {
        let (queue, published) = (queueSettings, metrics.queue.published)
        return JobScheduler(
            leadership: Leadership(postgres, name: "scheduler", holder: Self.holder("scheduler"), term: queue.leaderTerm),
            publisher: OutboxPublisher(postgres, redis: redis, settings: queue, logger: logger) {
                published.increment($0.rawValue, by: $1)
            },
            reaper: LeaseReaper(postgres, settings: queue), retention: Retention(postgres, rawPages: settings.rawPageAge), client: postgres,
            settings: queue,
            metrics: metrics, logger: logger)
    }
}
