import Catalog
import Domain
import FoundationEssentials
import Ingestion
import JobQueue
import Logging
import ObjectStorage
import Policy
import Postgres
import Storage
import Telemetry
import TestSupport
import Testing
import WorkerService

@Suite(.serialized) struct `The nightly reconciliation` {
    struct Bench {
        let client: PostgresClient
        let folder: String
        let metrics = MetricCatalog(build: BuildInfo(version: "0", revision: "0", role: "test"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

        var boundaries: CatalogBoundaries {
            CatalogBoundaries(
                catalog: PostgresCatalogStore(client), objects: LocalObjectStore(root: folder + "/store", gates: GateRegistry()))
        }
        var reconciliation: Reconciliation {
            Reconciliation(audit: PostgresIndexAudit(client), doctor: CatalogDoctor(boundaries))
        }

        func nightly(_ holder: String, now: @escaping @Sendable () -> Date = { Date() }) throws -> NightlyReconciliation {
            try NightlyReconciliation(
                reconciliation, leadership: Leadership(client, name: "reconciliation", holder: holder, term: .seconds(600)),
                metrics: metrics, logger: logger, now: now)
        }

        /// Reads a small site, as a job does.
        func ingest() async throws {
            let jobs = PostgresJobStore(client)
            let job = try await jobs.submit(
                JobSubmission(
                    library: "lib", version: "1.0", settings: IngestionSettings(rootURL: "https://docs.example.com/"),
                    correlationID: "test"), access: .all
            ).job
            let fence = try await client.query(
                """
                update portolan.job set lease_holder = 'worker', lease_expires_at = now() + interval '1 hour', fence = fence + 1
                where id = \(job.id.uuid) returning fence
                """
            ).single().decode("fence", as: Int64.self)
            let pipeline = IngestionPipeline(
                store: PostgresIngestionStore(client), makeSource: { _, links in Pages(links: links) }, embedder: Lengths())
            try await pipeline.run(JobLease(job: job.id, fence: fence, holder: "worker"), logger: logger)
        }

        func number(_ sql: SQL) async throws -> Int { try await client.query(sql).single().decode(0, as: Int.self) }
    }

    /// Three pages, conditional as a site's are.
    private struct Pages: DocumentSource {
        let links: LinkExtractor

        func crawl(
            _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
            onPage: (PageOutcome, FetchedPage?) async throws -> Void
        ) async throws -> CrawlSummary {
            for name in ["", "a", "b"] {
                let url = try SiteURL("https://docs.example.com/" + name)
                if try await known(url)?.etag == "1" {
                    try await onPage(PageOutcome(url: url, kind: .notModified, depth: 0), nil)
                    continue
                }
                let page = FetchedPage(
                    url: url, finalURL: url, status: 200, contentType: .markdown, charset: "utf-8",
                    body: Array("# Page \(name)\n\nWhat stands on the page \(name).".utf8), etag: "1", lastModified: nil, depth: 0,
                    fetchedAt: Date())
                _ = links(page)
                try await onPage(PageOutcome(url: url, kind: .fetched, status: 200, depth: 0), page)
            }
            return CrawlSummary(isComplete: true, hitCap: false, root: plan.root)
        }
    }

    /// Vectors from the lengths of texts.
    private struct Lengths: Embedder {
        var profile: EmbeddingProfile { EmbeddingProfile(model: "lengths", revision: "1", dimension: 2, tokenLimit: 256) }
        func tokenCount(_ text: String) -> Int { text.split(separator: " ").count }
        func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] { texts.map { [Float($0.utf8.count), 1] } }
    }

    static func bench(_ body: (Bench) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(extensions: ["vector"]) { url in
            try await withTemporaryDirectory { folder in
                var configuration = try PostgresConfiguration(url: url)
                (configuration.laneCount, configuration.maximumLeases) = (1, 4)
                configuration.defaultTimeout = .seconds(60)
                let client = try PostgresClient(
                    configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                defer { client.close() }
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                try await body(Bench(client: client, folder: folder))
            }
        }
    }

    @Test func `lost vectors show as drift, their source is asked for, and its job brings the drift to 0`() async throws {
        try await Self.bench { bench in
            try await bench.ingest()
            let healthy = try await bench.reconciliation.run()
            #expect(healthy.drift == 0)
            #expect(healthy.parities.map(\.kind) == [.sections, .chunks, .vectors, .files])
            _ = try await bench.client.query("delete from portolan.embedding")
            let torn = try await bench.reconciliation.run()
            let vectors = try #require(torn.parities.first { $0.kind == .vectors })
            #expect(vectors.missing == 3)
            #expect(vectors.drift == 1)
            #expect(torn.drift > Reconciliation.alarm)
            #expect(torn.requested == 1)
            let asked: Int = try await bench.number("select count(*) from portolan.source where next_poll_at <= now()")
            #expect(asked == 1)
            try await bench.ingest()
            #expect(try await bench.reconciliation.run().drift == 0)
        }
    }

    @Test func `lost chunks and sections are read anew`() async throws {
        try await Self.bench { bench in
            try await bench.ingest()
            _ = try await bench.client.query("delete from portolan.section where path = '/a'")
            _ = try await bench.client.query(
                "delete from portolan.chunk where section_id = (select id from portolan.section where path = '/b')")
            let torn = try await bench.reconciliation.run()
            #expect(torn.parities.first { $0.kind == .sections }?.missing == 1)
            #expect(torn.parities.first { $0.kind == .chunks }?.missing == 2)
            try await bench.ingest()
            #expect(try await bench.reconciliation.run().drift == 0)
            let chunks: Int = try await bench.number("select count(*) from portolan.chunk")
            #expect(chunks == 3)
        }
    }

    @Test func `vectors and files that nobody needs go`() async throws {
        try await Self.bench { bench in
            try await bench.ingest()
            _ = try await bench.client.query(
                """
                insert into portolan.embedding (profile_id, checksum, vector, created_at)
                select id, '\\x01', '[1,2]', now() - interval '2 days' from portolan.embedding_profile
                """)
            _ = try await bench.boundaries.objects.putBytes([1], at: "artifacts/archive-1/stray")
            let found = try await bench.reconciliation.run()
            #expect(found.parities.map(\.orphans) == [0, 0, 1, 1])
            #expect(found.repaired == 2)
            #expect(try await bench.reconciliation.run().drift == 0)
        }
    }

    @Test func `one scheduler of several does it, once a night, and the figures tell`() async throws {
        try await Self.bench { bench in
            try await bench.ingest()
            _ = try await bench.client.query("delete from portolan.embedding")
            let due = Date(timeIntervalSinceNow: -60)
            let (first, second) = (try bench.nightly("first"), try bench.nightly("second"))
            let office = Leadership(bench.client, name: "reconciliation", holder: "other", term: .seconds(600))
            #expect(try await office.claim())
            _ = try await first.round(due: due)
            var rounds: Int = try await bench.number("select count(*) from portolan.event where type = 'catalog.reconcile.complete'")
            #expect(rounds == 0, "another one has the office")
            try await office.resign()
            let again = try #require(try await first.round(due: due))
            #expect(again < Date(timeIntervalSinceNow: 3600), "soon, because something is missing")
            #expect(bench.metrics.catalog.drift.value() > 0.005)
            #expect(bench.metrics.catalog.missing.value("vectors") == 3)
            let tomorrow = try #require(try await second.round(due: due))
            rounds = try await bench.number("select count(*) from portolan.event where type = 'catalog.reconcile.complete'")
            #expect(rounds == 1, "it has been done")
            #expect(tomorrow == (try CronSchedule(NightlyReconciliation.schedule)).next(after: Date()))
        }
    }
}
