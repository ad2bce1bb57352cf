import Domain
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
    let chunking: String
    let profile: EmbeddingProfile?
    let logger: Logger

    /// Outcomes that are written together: few enough that a crash repeats little.
    private static let batch = 16

    /// Crawls, or goes on with a crawl that was interrupted.
    /// - Returns: whether the crawl saw everything, and the counts.
    func run(_ counts: JobCounts) async throws -> (isComplete: Bool, counts: JobCounts) {
        let plan = try Self.plan(job.settings, limits: limits)
        let visited = try await store.crawlRecords(lease)
        let stored = try await store.storedPages(job.documentation)
        let stale = try await store.stalePages(job.documentation, chunking: chunking, profile: profile)
        let parsed = ParsedPages()
        let source = try makeSource(job.settings) { parsed.links(of: $0) }
        var counts = Self.count(visited.map(\.outcome), in: counts)
        var pending: [CrawlRecord] = []
        var lastFlush = ContinuousClock.now
        let known: @Sendable (SiteURL) async throws -> KnownPage? = { url in
            let path = SectionBuilder.path(ofPageAt: url.description)
            guard let page = stored[path], !stale.contains(path) else { return nil }
            return KnownPage(etag: page.etag, lastModified: page.lastModified, links: page.links)
        }
        func flush() async throws {
            try await store.record(lease, pending)
            pending.removeAll(keepingCapacity: true)
            lastFlush = .now
            try await store.report(lease, percent: Self.percent(counts, plan), counts: counts, stageSeconds: job.stageSeconds)
        }
        let summary = try await source.crawl(plan, known: known, visited: visited.map(\.outcome)) { outcome, page in
            pending.append(try Self.record(outcome, page, parsed: parsed, stored: stored, stale: stale))
            counts = Self.count([outcome], in: counts)
            if pending.count >= Self.batch || lastFlush.duration(to: .now) > .milliseconds(500) { try await flush() }
        }
        try await flush()
        logger.info(
            "crawl finished",
            metadata: [
                "complete": "\(summary.isComplete)", "hit_cap": "\(summary.hitCap)",
                "outcomes": "\(counts.pagesByOutcome.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))",
            ])
        try await store.finishCrawl(lease, complete: summary.isComplete)
        return (summary.isComplete, counts)
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

    static func record(
        _ outcome: PageOutcome, _ page: FetchedPage?, parsed: ParsedPages, stored: [String: StoredPage], stale: Set<String>
    ) throws -> CrawlRecord {
        let path = SectionBuilder.path(ofPageAt: (outcome.finalURL ?? outcome.url).description)
        guard let page else { return CrawlRecord(outcome: outcome, path: outcome.kind == .skipped ? nil : path) }
        guard let content = parsed.take(page), !content.isExcludedFromIndex else { return CrawlRecord(outcome: outcome) }
        // A page whose text is as it was needs no content: its sections stay.
        let isUnchanged = stored[path]?.textChecksum == content.textChecksum && !stale.contains(path)
        return CrawlRecord(
            outcome: outcome, path: path, title: content.title, content: isUnchanged ? nil : content.serialized(),
            textChecksum: content.textChecksum, etag: page.etag, lastModified: page.lastModified)
    }
}
