import Digests
import Domain
import FoundationEssentials
import Ingestion
import Logging
import Postgres
import Primitives
import Storage
import TestSupport

/// A site in memory, and the walk over it.
final class Site: Sendable {
    struct Page: Sendable {
        var html: String
        var etag: String?
    }

    struct State: Sendable {
        var pages: [String: Page] = [:]
        /// Paths that answer with an error which may pass.
        var failing: Set<String> = []
        /// Dates that the site lists for its pages.
        var dates: [String: String] = [:]
        /// Requests that were answered with a page.
        var reads = 0
    }

    let state: Locked<State>

    init(_ pages: [String: Page]) { state = Locked(State(pages: pages)) }

    static let root = "https://docs.example.com/"

    func source(_ extractLinks: @escaping LinkExtractor) -> any DocumentSource { Walk(site: self, extractLinks: extractLinks) }

    private struct Walk: DocumentSource {
        let site: Site
        let extractLinks: LinkExtractor

        func crawl(
            _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
            onPage: (PageOutcome, FetchedPage?) async throws -> Void
        ) async throws -> CrawlSummary {
            let state = site.state.withLock { $0 }
            let done = Set(visited.map(\.url))
            for path in state.pages.keys.sorted() {
                let url = try SiteURL(Site.root + path.dropFirst())
                guard !done.contains(url), let page = state.pages[path] else { continue }
                let (date, earlier) = (state.dates[path], try await known(url))
                if let date, let earlier, earlier.listedAt == date {
                    try await onPage(
                        PageOutcome(url: url, kind: .notModified, reason: .listedDate, depth: 1, links: earlier.links, listedAt: date), nil)
                } else if state.failing.contains(path) {
                    try await onPage(PageOutcome(url: url, kind: .failed, reason: .status, status: 503, depth: 1, isTransient: true), nil)
                } else if let etag = earlier?.etag, etag == page.etag {
                    try await onPage(PageOutcome(url: url, kind: .notModified, status: 304, depth: 1, listedAt: date), nil)
                } else {
                    let fetched = FetchedPage(
                        url: url, finalURL: url, status: 200, contentType: .html, charset: "utf-8", body: Array(page.html.utf8),
                        etag: page.etag, lastModified: nil, depth: 1, fetchedAt: Date())
                    site.state.withLock { $0.reads += 1 }
                    _ = extractLinks(fetched)
                    try await onPage(PageOutcome(url: url, kind: .fetched, status: 200, depth: 1, listedAt: date), fetched)
                }
            }
            return CrawlSummary(isComplete: state.failing.isEmpty, hitCap: false, root: plan.root)
        }
    }

    /// A page with one section for each of `sections`, each long enough to stay by itself.
    static func page(_ title: String, sections: [String], etag: String? = nil) -> Page {
        let body = sections.map { name in
            "<h2 id=\"\(name)\">\(name)</h2><p>" + (0..<1_600).map { "\(name)\($0 / 40)" }.joined(separator: " ") + "</p>"
        }.joined()
        return Page(html: "<html><head><title>\(title)</title></head><body><main><h1>\(title)</h1>\(body)</main></body></html>", etag: etag)
    }

    /// A page of one paragraph.
    static func page(_ title: String, _ text: String, etag: String? = nil) -> Page {
        Page(
            html: "<html><head><title>\(title)</title></head><body><main><h1>\(title)</h1><p>\(text)</p></main></body></html>", etag: etag)
    }

    /// Pages of one section each, quick to read.
    static func short() -> Site {
        Site([
            "/": page("Start", "Welcome to the documentation of the example.", etag: "\"1\""),
            "/a": page("A", "What stands first in the alphabet.", etag: "\"1\""),
            "/b": page("B", "What comes after it.", etag: "\"1\""),
            "/c": page("C", "The third of them.", etag: "\"1\""), "/d": page("D", "And another one.", etag: "\"1\""),
            "/e": page("E", "The last one.", etag: "\"1\""),
        ])
    }

    static func small() -> Site {
        Site([
            "/": page("Start", "Welcome to the documentation of the example.", etag: "\"1\""),
            "/guide": page("Guide", sections: ["install", "configure"], etag: "\"1\""),
            "/api": page("Interface", "Every function of the library is listed here.", etag: "\"1\""),
        ])
    }
}

/// Vectors from a hash of the text.
final class HashEmbedder: Embedder {
    let profile: EmbeddingProfile
    private let fault: @Sendable (Int) -> Fault?
    private let length: Int
    private let counted = Locked((calls: 0, texts: 0))

    /// - Parameter fault: the fault of a call, by its number from 1.
    init(model: String = "hash", length: Int = 8, fault: @escaping @Sendable (Int) -> Fault? = { _ in nil }) {
        profile = EmbeddingProfile(model: model, revision: "1", dimension: 8, tokenLimit: 256)
        self.length = length
        self.fault = fault
    }

    /// Calls and the texts that came back as vectors.
    var counts: (calls: Int, texts: Int) { counted.withLock { $0 } }

    func tokenCount(_ text: String) -> Int { text.split(separator: " ").count }

    func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] {
        let call = counted.withLock { counts in
            counts.calls += 1
            return counts.calls
        }
        if let fault = fault(call) { throw fault }
        counted.withLock { $0.texts += texts.count }
        return texts.map { text in
            let numbers = SHA256.hash(text).prefix(length).map { Float($0) - 127.5 }
            let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return numbers.map { $0 / norm }
        }
    }
}

/// A worker that is not there any more.
struct Crash: Error {}

/// A store that crashes at one of its calls, before or after it was done, and tells of every call.
struct FragileStore: IngestionStore {
    enum Moment: String, CaseIterable, Sendable { case before, after }

    let store: PostgresIngestionStore
    let calls = Locked(0)
    var crash: (call: Int, moment: Moment)?
    var onAdvance: @Sendable (JobStatus) async throws -> Void = { _ in }

    private func perform<Result>(_ body: () async throws -> Result) async throws -> Result {
        let call = calls.withLock { calls in
            calls += 1
            return calls
        }
        if let crash, crash.call == call, crash.moment == .before { throw Crash() }
        let result = try await body()
        if let crash, crash.call == call, crash.moment == .after { throw Crash() }
        return result
    }

    func job(_ lease: JobLease) async throws -> Job { try await perform { try await store.job(lease) } }
    func advance(_ lease: JobLease, to status: JobStatus) async throws {
        try await perform { try await store.advance(lease, to: status) }
        try await onAdvance(status)
    }
    func report(_ lease: JobLease, percent: Int, counts: JobCounts, stageSeconds: [String: Double]) async throws {
        try await perform { try await store.report(lease, percent: percent, counts: counts, stageSeconds: stageSeconds) }
    }
    func crawlRecords(_ lease: JobLease) async throws -> [CrawlRecord] { try await perform { try await store.crawlRecords(lease) } }
    func record(_ lease: JobLease, _ records: [CrawlRecord]) async throws { try await perform { try await store.record(lease, records) } }
    func stagedContents(_ lease: JobLease, paths: [String]) async throws -> [(path: String, content: [UInt8])] {
        try await perform { try await store.stagedContents(lease, paths: paths) }
    }
    func storedPages(_ documentation: DocumentationID) async throws -> [String: StoredPage] {
        try await perform { try await store.storedPages(documentation) }
    }
    func listingTrust(_ documentation: DocumentationID) async throws -> ListingTrust {
        try await perform { try await store.listingTrust(documentation) }
    }
    func finishCrawl(_ lease: JobLease, complete: Bool) async throws {
        try await perform { try await store.finishCrawl(lease, complete: complete) }
    }
    func crawlWasComplete(_ lease: JobLease) async throws -> Bool? { try await perform { try await store.crawlWasComplete(lease) } }
    func publishedState(_ documentation: DocumentationID) async throws -> PublishedState {
        try await perform { try await store.publishedState(documentation) }
    }
    func stalePages(_ documentation: DocumentationID, chunking: String, profile: EmbeddingProfile?) async throws -> Set<String> {
        try await perform { try await store.stalePages(documentation, chunking: chunking, profile: profile) }
    }
    func checksumsWithoutVector(_ checksums: [[UInt8]], profile: EmbeddingProfile) async throws -> Set<[UInt8]> {
        try await perform { try await store.checksumsWithoutVector(checksums, profile: profile) }
    }
    func saveVectors(
        _ lease: JobLease, profile: EmbeddingProfile, _ vectors: [(checksum: [UInt8], vector: [Float])]
    ) async throws {
        try await perform { try await store.saveVectors(lease, profile: profile, vectors) }
    }
    func publish(_ lease: JobLease, _ publication: Publication, counts: JobCounts) async throws {
        try await perform { try await store.publish(lease, publication, counts: counts) }
    }
    func complete(_ lease: JobLease, _ publication: Publication?, counts: JobCounts, stageSeconds: [String: Double]) async throws {
        try await perform { try await store.complete(lease, publication, counts: counts, stageSeconds: stageSeconds) }
    }
}

/// A migrated database and what runs on it.
struct World: Sendable {
    let client: PostgresClient
    var jobs: PostgresJobStore { PostgresJobStore(client) }
    var store: PostgresIngestionStore { PostgresIngestionStore(client) }
    var reading: PostgresDocumentationStore { PostgresDocumentationStore(client) }

    func submit(_ library: String = "lib", settings: IngestionSettings? = nil) async throws -> Job {
        try await jobs.submit(
            JobSubmission(
                library: library, version: "1.0", settings: settings ?? IngestionSettings(rootURL: Site.root), correlationID: "test"),
            access: .all
        ).job
    }

    /// Takes the job's lease as a worker does, whoever has it.
    func lease(_ job: JobID) async throws -> JobLease {
        let row = try await client.query(
            """
            update portolan.job set lease_holder = 'worker', lease_expires_at = now() + interval '1 minute', fence = fence + 1
            where id = \(job.uuid) returning fence
            """
        ).single()
        return JobLease(job: job, fence: try row.decode("fence", as: Int64.self), holder: "worker")
    }

    /// Runs one job to its end.
    @discardableResult
    func ingest(
        _ site: Site, embedder: (any Embedder)?, library: String = "lib", settings: IngestionSettings? = nil,
        storesRawPages: Bool = false
    ) async throws -> Job {
        let job = try await submit(library, settings: settings)
        try await run(job.id, site, embedder: embedder, storesRawPages: storesRawPages)
        guard let ended = try await jobs.job(job.id, access: .all) else { throw Crash() }
        return ended
    }

    /// Runs a job under a fresh lease from where it stands.
    func run(
        _ job: JobID, _ site: Site, embedder: (any Embedder)?, store: (any IngestionStore)? = nil, storesRawPages: Bool = false
    ) async throws {
        var options = IngestionPipeline.Options()
        options.embeddingBatch = 4
        options.storesRawPages = storesRawPages
        options.embeddingBackoff = Backoff(base: .milliseconds(1), limit: .milliseconds(1))
        let pipeline = IngestionPipeline(
            store: store ?? self.store, makeSource: { site.source($1) }, embedder: embedder, options: options)
        try await pipeline.run(try await lease(job), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// The sections with what changes when a row is written.
    func sections(_ documentation: DocumentationID) async throws -> [String: String] {
        let rows = try await client.query(
            "select path, ctid::text || ' ' || xmin::text as row from portolan.section where documentation_id = \(documentation.uuid)")
        return try Dictionary(uniqueKeysWithValues: rows.decode(as: (String.self, String.self)).map { ($0.0, $0.1) })
    }

    func number(_ sql: SQL) async throws -> Int { try await client.query(sql).single().decode(0, as: Int.self) }

    /// Everything that a reader can see of a documentation, and how its last job ended.
    func picture(_ documentation: DocumentationID, model: String, job: JobID) async throws -> String {
        let id = documentation.uuid
        let content = try await client.query(
            """
            select coalesce(string_agg(line, E'\\n' order by line), '') from (
              select 'section ' || path || encode(checksum, 'hex') as line from portolan.section where documentation_id = \(id)
              union all select 'chunk ' || s.path || c.ordinal || encode(c.checksum, 'hex') || c.terms::text from portolan.chunk c
                join portolan.section s on s.id = c.section_id where c.documentation_id = \(id)
              union all select 'term ' || term || ' ' || chunks from portolan.term_statistic where documentation_id = \(id)
              union all select 'page ' || path || coalesce(etag, '') || encode(text_checksum, 'hex') from portolan.page
                where documentation_id = \(id)
              union all select 'vector ' || encode(checksum, 'hex') from portolan.embedding e
                join portolan.embedding_profile p on p.id = e.profile_id where p.model = \(model)
              union all select 'facts ' || title || section_count || ' ' || chunk_count || coalesce((
                select 'with profile' from portolan.embedding_profile p where p.id = d.profile_id), '')
                from portolan.documentation d where id = \(id)) x
            """
        ).single().decode(0, as: String.self)
        guard let ended = try await jobs.job(job, access: .all) else { throw Crash() }
        return content + "\n\(ended.status) \(ended.progressPercent) \(ended.counts.pagesProcessed) "
            + ended.counts.pagesByOutcome.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            + " changed \(ended.counts.sectionsChanged) unchanged \(ended.counts.sectionsUnchanged) deleted \(ended.counts.sectionsDeleted)"
            + " embedded \(ended.counts.chunksEmbedded) reused \(ended.counts.chunksReused)"
    }
}

/// Runs `body` on a new, migrated database.
func withWorld<Result>(_ body: (World) async throws -> Result) async throws -> Result {
    try await TestDatabase.withDatabase { url in
        var configuration = try PostgresConfiguration(url: url)
        // All tests share one server, whose connections are not without number.
        (configuration.laneCount, configuration.maximumLeases) = (1, 4)
        configuration.defaultTimeout = .seconds(60)
        let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        defer { client.close() }
        try await MigrationRunner(client: client, migrations: Schema.migrations).run()
        return try await body(World(client: client))
    }
}
