import Digests
import Domain
import FoundationEssentials
import Logging
import Policy
import Postgres
import Primitives
import Storage
import TestSupport

/// The stores on a new, migrated database.
struct Stores: Sendable {
    let client: PostgresClient
    let jobs: PostgresJobStore
    let ingestion: PostgresIngestionStore
    let reading: PostgresDocumentationStore
    let search: PostgresSearchStore

    init(_ client: PostgresClient) {
        self.client = client
        jobs = PostgresJobStore(client)
        ingestion = PostgresIngestionStore(client)
        reading = PostgresDocumentationStore(client)
        search = PostgresSearchStore(client)
    }
}

/// Runs `body` with a client on a new, empty database.
func withClient<Result>(gates: GateRegistry = GateRegistry(), _ body: (PostgresClient) async throws -> Result) async throws -> Result {
    try await TestDatabase.withDatabase { url in
        var configuration = try PostgresConfiguration(url: url).gated(by: gates)
        // All tests share one server, whose connections are not without number.
        (configuration.laneCount, configuration.maximumLeases) = (1, 4)
        configuration.defaultTimeout = .seconds(60)
        let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        defer { client.close() }
        return try await body(client)
    }
}

/// Runs `body` with the stores on a new, migrated database.
func withStores<Result>(_ body: (Stores) async throws -> Result) async throws -> Result {
    try await withClient { client in
        try await MigrationRunner(client: client, migrations: Schema.migrations).run()
        return try await body(Stores(client))
    }
}

extension Stores {
    /// Submits a job for `library`.
    @discardableResult
    func submit(
        _ library: String = "swift", _ version: String = "1.0", root: String = "https://docs.example.com/", key: String? = nil,
        of subject: String = "test", depth: Int = 3
    ) async throws -> Job {
        try await jobs.submit(
            JobSubmission(
                library: library, version: version, settings: IngestionSettings(rootURL: root, depth: depth),
                idempotencyKey: key.map { .caller(subject, $0) },
                correlationID: "test"), access: .all
        ).job
    }

    /// Takes the lease of a job as a worker does.
    func lease(_ job: JobID, holder: String = "worker") async throws -> JobLease {
        let row = try await client.query(
            """
            update portolan.job set lease_holder = \(holder), lease_expires_at = now() + interval '1 minute', fence = fence + 1,
              released_at = coalesce(released_at, now()), attempt = attempt + 1
            where id = \(job.uuid) returning fence
            """
        ).single()
        return JobLease(job: job, fence: try row.decode("fence", as: Int64.self), holder: holder)
    }

    /// Whether a statement of this database that begins like `text` waits for a lock.
    func isWaiting(for text: String) async throws -> Bool {
        try await !client.query(
            """
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
              and starts_with(ltrim(query, E' \\n'), \(text))
            """
        ).isEmpty
    }

    /// Submits a job and takes its lease.
    func leased(_ library: String = "swift", _ version: String = "1.0", root: String = "https://docs.example.com/") async throws -> (
        job: Job, lease: JobLease
    ) {
        let job = try await submit(library, version, root: root)
        return (job, try await lease(job.id))
    }

    /// Publishes `sections` for the usual documentation and ends the job.
    @discardableResult
    func publish(_ sections: [Publication.ChangedSection], profile: EmbeddingProfile? = nil) async throws -> DocumentationID {
        try await publish("swift", sections, profile: profile)
    }

    /// Publishes `sections` for a documentation of `library` and ends the job.
    @discardableResult
    func publish(
        _ library: String, version: String = "1.0", root: String = "https://docs.example.com/",
        _ sections: [Publication.ChangedSection], profile: EmbeddingProfile? = nil
    ) async throws -> DocumentationID {
        let (job, lease) = try await leased(library, version, root: root)
        try await walk(lease, to: .indexing)
        try await ingestion.complete(
            lease, .of(job.documentation, sections, profile: profile), counts: JobCounts(), stageSeconds: [:])
        return job.documentation
    }

    /// Walks a job through its stages.
    func walk(_ lease: JobLease, to status: JobStatus) async throws {
        for stage in [JobStatus.crawling, .parsing, .embedding, .indexing] {
            try await ingestion.advance(lease, to: stage)
            if stage == status { return }
        }
    }

    /// One number of the database.
    func number(_ sql: SQL) async throws -> Int { try await client.query(sql).single().decode(0, as: Int.self) }
}

extension Publication {
    static let moment = Date(timeIntervalSince1970: 1_750_000_000)

    static func of(
        _ documentation: DocumentationID, _ changed: [ChangedSection] = [], deleted: [String] = [], pages: [String: StoredPage] = [:],
        deletedPages: [String] = [], title: String? = nil, profile: EmbeddingProfile? = nil, boilerplate: Set<UInt64> = []
    ) -> Publication {
        Publication(
            documentation: documentation, title: title, profile: profile, boilerplate: boilerplate, changed: changed,
            deletedSections: deleted, pages: pages, deletedPages: deletedPages, fetchedAt: moment)
    }
}

extension Publication.ChangedSection {
    /// A section with one chunk for each of `texts`, whose terms are the words.
    static func of(_ path: String, page: String? = nil, ordinal: Int = 0, chunking: String = "test/1", _ texts: String...) -> Self {
        let page = page ?? path
        return Publication.ChangedSection(
            pagePath: page, anchor: page == path ? "" : String(path.dropFirst(page.count + 1)), path: path,
            parentPath: page == path ? nil : page, title: "Title of \(path)", headingPath: ["Guide", "Title of \(path)"],
            level: page == path ? 0 : 2, ordinal: ordinal, url: "https://docs.example.com\(path)", summary: texts.first ?? "",
            content: texts.joined(separator: "\n\n"), tokens: 10, checksum: SHA256.hash(texts.joined()), chunking: chunking,
            chunks: texts.enumerated().map { .of($0.element, ordinal: $0.offset) })
    }
}

extension Publication.Chunk {
    static func of(_ text: String, ordinal: Int = 0) -> Self {
        var terms: [Int32: Float] = [:]
        for word in text.split(separator: " ") { terms[term(String(word)), default: 0] += 1 }
        return Publication.Chunk(
            ordinal: ordinal, anchor: "part-\(ordinal)", headingPath: ["Guide"], text: text, tokens: 5, checksum: SHA256.hash(text),
            terms: terms)
    }
}

/// A term for a word.
func term(_ word: String) -> Int32 {
    Int32(SHA256.hash(word).prefix(3).reduce(0) { $0 << 8 | Int($1) } + 1)
}

/// The terms of words.
func terms(_ words: String...) -> [Int32] { words.map(term) }

/// A vector of length 1 along `axis`, leaning a little toward the next one.
func vector(_ axis: Int, lean: Float = 0, dimension: Int = 4) -> [Float] {
    var vector = [Float](repeating: 0, count: dimension)
    vector[axis % dimension] = (1 - lean * lean).squareRoot()
    vector[(axis + 1) % dimension] += lean
    return vector
}

extension EmbeddingProfile {
    static let small = EmbeddingProfile(model: "small", revision: "1", dimension: 4, tokenLimit: 256)
    static let other = EmbeddingProfile(model: "other", revision: "1", dimension: 4, tokenLimit: 256)
}
