import Domain
import FoundationEssentials
import Logging
import Primitives
import Processing

/// The first stage: walks the site and stages what it finds, a few pages to a transaction.
struct CrawlStage {
    let store: any IngestionStore
    let makeSource: IngestionPipeline.SourceMaker
    let lease: JobLease
    let job: Job
    let limits: CrawlLimits
    /// How sections are cut now; pages that were cut otherwise are read again.
    let chunking: Chunking
    let weights: TermWeights
    let profile: EmbeddingProfile?
    /// Whether pages are kept as they were read.
    let storesRawPages: Bool
    let logger: Logger

    /// Pages that are written together: few enough that a crash repeats little.
    private static let batch = 16
    /// Outcomes that are written together: most are addresses that are not followed and cost nothing to find again.
    private static let outcomeBatch = 1000

    /// Bytes of raw pages after which they are written.
    private static let rawBatch = 4 << 20

    /// What a crawl found.
    struct Found {
        /// Whether it saw everything.
        var isComplete: Bool
        var counts: JobCounts
        /// What the store recorded of pages, in order; nil after an interrupted crawl, of which only the store knows all.
        var records: [CrawlRecord]?
        /// Changed pages by path, as far as they are in memory.
        var pages: [String: CutPage]
    }

    /// Crawls, or goes on with a crawl that was interrupted.
    func run(_ counts: JobCounts) async throws -> Found {
        var plan = try Self.plan(job.settings, limits: limits)
        plan.job = RunningJob(id: job.id, documentation: job.documentation, correlationID: job.correlationID, lease: lease)
        let visited = try await store.crawlRecords(lease)
        let stored = try await store.storedPages(job.documentation)
        let stale = try await store.stalePages(job.documentation, chunking: chunking.name, profile: profile)
        let trust = try await store.listingTrust(job.documentation)
        let now = Date()
        let pages = CrawledPages(stored: stored, stale: stale, chunking: chunking, weights: weights)
        let source = try makeSource(job.settings) { pages.links(of: $0) }
        var counts = Self.count(visited.map(\.outcome), in: counts)
        var pending: [CrawlRecord] = []
        var pendingPages = 0
        var pendingBytes = 0
        var records: [CrawlRecord] = []
        var lastFlush = ContinuousClock.now
        let known: @Sendable (SiteURL) async throws -> KnownPage? = { url in
            let path = SectionBuilder.path(ofPageAt: url.description)
            guard let page = stored[path], !stale.contains(path) else { return nil }
            return KnownPage(
                etag: page.etag, lastModified: page.lastModified, links: page.links, listedAt: trust.date(of: page, path: path, now: now),
                url: page.url)
        }
        var journal = CrawlJournal()
        func flush() async throws {
            let (batch, progress, percent) = (pending, counts, Self.percent(counts, plan))
            (pending, pendingPages, pendingBytes, lastFlush) = ([], 0, 0, .now)
            try await journal.begin { [store, lease, job] in
                try await store.record(lease, batch)
                try await store.report(lease, percent: percent, counts: progress, stageSeconds: job.stageSeconds)
            }
        }
        let summary: CrawlSummary
        do {
            summary = try await source.crawl(plan, known: known, visited: visited.map(\.outcome)) { outcome, page in
                var record = record(outcome, page, pages)
                pending.append(record)
                pendingBytes += record.raw?.body.count ?? 0
                counts = Self.count([outcome], in: counts)
                if outcome.kind != .skipped { pendingPages += 1 }
                if record.path != nil {
                    (record.content, record.raw) = (nil, nil)
                    records.append(record)
                }
                if pendingPages >= Self.batch || pending.count >= Self.outcomeBatch || pendingBytes >= Self.rawBatch
                    || lastFlush.duration(to: .now) > .milliseconds(500)
                {
                    try await flush()
                }
            }
            try await flush()
            try await journal.finish()
        } catch {
            await journal.abandon()
            throw error
        }
        logger.info(
            "crawl finished",
            metadata: [
                "complete": "\(summary.isComplete)", "hit_cap": "\(summary.hitCap)",
                "outcomes": "\(counts.pagesByOutcome.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))",
            ])
        try await store.finishCrawl(lease, complete: summary.isComplete)
        return Found(
            isComplete: summary.isComplete, counts: counts, records: visited.isEmpty ? records : nil, pages: pages.cutPages())
    }

    /// The plan of `settings`; the start address and the globs have been checked when the job was accepted.
    static func plan(_ settings: IngestionSettings, limits: CrawlLimits) throws -> CrawlPlan {
        let root: SiteURL
        do { root = try SiteURL(settings.rootURL) } catch { throw Fault.invalid(field: "web_url", "\(error)") }
        func patterns(_ texts: [String], field: String) throws -> [URLPattern] {
            try texts.map { text in
                do { return try URLPattern(text) } catch { throw Fault.invalid(field: field, "\(error)") }
            }
        }
        return try CrawlPlan(
            root: root, depth: settings.depth, maximumPages: settings.maxPages,
            include: patterns(settings.include, field: "include_patterns"), exclude: patterns(settings.exclude, field: "exclude_patterns"),
            limits: limits)
    }

    /// Between 10 and 40: how far a crawl is nobody knows, so the share of the page cap stands for it.
    private static func percent(_ counts: JobCounts, _ plan: CrawlPlan) -> Int {
        10 + min(29, counts.pagesProcessed * 30 / max(plan.maximumPages, 1))
    }

    static func count(_ outcomes: [PageOutcome], in counts: JobCounts) -> JobCounts {
        var counts = counts
        for outcome in outcomes {
            counts.pagesByOutcome[outcome.kind.rawValue, default: 0] += 1
            if outcome.kind != .skipped { counts.pagesProcessed += 1 }
        }
        return counts
    }

    private func record(_ outcome: PageOutcome, _ page: FetchedPage?, _ pages: CrawledPages) -> CrawlRecord {
        let path = SectionBuilder.path(ofPageAt: (outcome.finalURL ?? outcome.url).description)
        guard let page else {
            if outcome.kind == .skipped { pages.drop(outcome.url) }
            return CrawlRecord(outcome: outcome, path: outcome.kind == .skipped ? nil : path)
        }
        guard let read = pages.take(page, path: path) else { return CrawlRecord(outcome: outcome) }
        return CrawlRecord(
            outcome: outcome, path: path, title: read.title, content: read.staged, textChecksum: read.textChecksum,
            contentChecksum: read.contentChecksum, etag: page.etag, lastModified: page.lastModified, tags: page.tags,
            raw: storesRawPages ? RawPage(contentType: page.contentType, charset: page.charset, body: page.body) : nil)
    }
}
