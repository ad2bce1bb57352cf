package import Catalog
package import Domain
import FoundationEssentials
package import Logging
package import Primitives

/// The way of a documentation from its site to the index: crawl, parse, embed, publish. Every stage can be entered again after a crash.
package struct IngestionPipeline: Sendable {
    /// As ``Domain/SourceConnector/makeSource(_:extractLinks:)``.
    package typealias SourceMaker =
        @Sendable (_ settings: IngestionSettings, _ extractLinks: @escaping LinkExtractor) throws -> any DocumentSource

    let store: any IngestionStore
    let makeSource: SourceMaker
    let embedder: (any Embedder)?
    let catalog: CatalogBoundaries?
    let options: Options

    /// Numbers of the pipeline.
    package struct Options: Sendable {
        package var crawl = CrawlLimits()
        /// Texts that are embedded and stored together, 1 to 1,000.
        package var embeddingBatch = 64
        /// Attempts at a batch, the first included.
        package var embeddingAttempts = 3
        /// Pauses between them.
        package var embeddingBackoff = Backoff(base: .seconds(1), limit: .seconds(10))
        package var weights = TermWeights()
        /// Whether pages are kept as they were read, beside what is made of them.
        package var storesRawPages = false
        package var validation = ValidationPolicy()
        /// Hears of the end of each stage, in the job's task.
        package var onStage: @Sendable (_ stage: String, _ took: Duration) -> Void = { _, _ in }

        package init() {}
    }

    /// - Parameters:
    ///   - makeSource: makes the source of a job from its settings, around the function that finds a page's links.
    ///   - embedder: nil for a deployment that searches by keyword only.
    ///   - catalog: where the sources keep what they read; nil where nothing is kept and nothing validated.
    package init(
        store: any IngestionStore, makeSource: @escaping SourceMaker,
        embedder: (any Embedder)?, catalog: CatalogBoundaries? = nil, options: Options = Options()
    ) {
        self.store = store
        self.makeSource = makeSource
        self.embedder = embedder
        self.catalog = catalog
        self.options = options
    }

    /// Runs the job under `lease` from where it stands to COMPLETED.
    ///
    /// - Throws: ``Domain/LeaseLoss`` when it may not write any more, ``Domain/Fault`` when it cannot go on, `CancellationError`.
    package func run(_ lease: JobLease, logger: Logger) async throws {
        let job = try await store.job(lease)
        var counts = job.counts
        var clock = StageClock(seconds: job.stageSeconds, onStage: options.onStage)
        let chunking = Chunking(embedder: embedder)

        let isComplete: Bool
        var found: CrawlStage.Found?
        if job.status == .pending || job.status == .crawling {
            try await store.advance(lease, to: .crawling)
            // Counted anew from the checkpoint.
            counts = JobCounts()
            let stage = CrawlStage(
                store: store, makeSource: makeSource, lease: lease, job: job, limits: options.crawl, chunking: chunking,
                weights: options.weights, profile: embedder?.profile, storesRawPages: options.storesRawPages, logger: logger)
            let crawl = try await stage.run(counts)
            (isComplete, counts, found) = (crawl.isComplete, crawl.counts, crawl)
            clock.finish(.crawling)
            try await store.advance(lease, to: .parsing)
        } else {
            isComplete = try await store.crawlWasComplete(lease) ?? false
        }

        // The change is computed again after a crash: it follows from what is staged and published, and costs little.
        var parsed = try await ParseStage(store: store, lease: lease, job: job, chunking: chunking, weights: options.weights)
            .run(found: found, crawlIsComplete: isComplete, now: Date())
        found = nil
        try await store.report(lease, percent: 55, counts: counts, stageSeconds: clock.seconds)
        // What an earlier attempt published counts as changed, not as found unchanged: it publishes all of a first change or nothing.
        let publishedBefore = parsed.publication.changed.isEmpty ? counts.sectionsChanged : 0
        counts.sectionsUnchanged = max(parsed.unchanged - publishedBefore, 0)
        counts.sectionsChanged = max(publishedBefore, parsed.publication.changed.count)
        counts.pagesHeldBack = parsed.publication.heldBackPages?.count ?? 0
        if counts.pagesHeldBack > 0 {
            logger.warning(
                "mass deletion waits for the next complete crawl", metadata: ["pages_held_back": "\(counts.pagesHeldBack)"])
        }
        counts.sectionsDeleted = max(counts.sectionsDeleted, parsed.publication.deletedSections.count)
        let version = try await validate(parsed, job, lease, chunking, logger)
        parsed.publication.catalogVersion = version?.id
        if parsed.isFirst, !parsed.publication.changed.isEmpty {
            // Nothing was there before, so nothing can be half changed: readers get the keyword index while vectors are computed.
            try await store.publish(lease, parsed.publication, counts: counts)
            parsed.publication.changed = []
            parsed.publication.reread = []
            parsed.publication.pages = [:]
        }
        clock.finish(.parsing)

        if job.status != .indexing { try await advance(lease, from: job.status, to: .embedding) }
        if let embedder {
            let stage = EmbedStage(
                store: store, embedder: embedder, lease: lease, batchSize: options.embeddingBatch, attempts: options.embeddingAttempts,
                backoff: options.embeddingBackoff, logger: logger)
            let seconds = clock.seconds
            counts = try await stage.run(parsed.texts, counts: counts) { counts, share in
                try await store.report(lease, percent: 60 + Int(25 * min(share, 1)), counts: counts, stageSeconds: seconds)
            }
            parsed.publication.profile = embedder.profile
        }
        clock.finish(.embedding)

        try await advance(lease, from: job.status, to: .indexing)
        clock.finish(.indexing)
        try await store.complete(lease, parsed.publication, counts: counts, stageSeconds: clock.seconds)
        if let version { await settle(version, logger) }
    }

    /// Idempotent for a job that is there already or beyond.
    private func advance(_ lease: JobLease, from status: JobStatus, to next: JobStatus) async throws {
        if status == .indexing { return }
        try await store.advance(lease, to: next)
    }
}
