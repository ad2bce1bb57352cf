import Domain
import FoundationEssentials
import Logging
import Postgres
import Primitives
import Processing
import Resilience
import Retrieval
import Storage
import TestSupport

/// Vectors from the words of a text: texts that share words are near each other.
final class WordEmbedder: Embedder {
    let profile = EmbeddingProfile(model: "words", revision: "1", dimension: 16, tokenLimit: 256)
    private let answer: @Sendable () async throws -> Void
    private let counted = Locked(0)

    /// - Parameter answer: runs before each answer; may throw or hang.
    init(answer: @escaping @Sendable () async throws -> Void = {}) { self.answer = answer }

    var calls: Int { counted.withLock { $0 } }

    func tokenCount(_ text: String) -> Int { text.split(separator: " ").count }

    func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] {
        counted.withLock { $0 += 1 }
        try await answer()
        return texts.map(vector)
    }

    func vector(_ text: String) -> [Float] {
        var numbers = [Float](repeating: 0.01, count: 16)
        for word in text.lowercased().split(separator: " ") {
            numbers[word.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % 16] += 1
        }
        let norm = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return numbers.map { $0 / norm }
    }
}

/// A published library on a migrated database.
struct Shelf: Sendable {
    let client: PostgresClient

    /// Publishes one section for each text, with or without vectors.
    @discardableResult
    func publish(_ library: String, version: String = "1.0", _ texts: [String], vectors: Bool = true) async throws -> DocumentationID {
        let (job, lease) = try await leased(library, version: version)
        let store = PostgresIngestionStore(client)
        let embedder = WordEmbedder()
        let sections = texts.enumerated().map { number, text in
            var terms: [Int32: Float] = [:]
            for (term, frequency) in LexicalAnalyzer().termFrequencies(fields: [.init(text)]) { terms[term.rawValue] = frequency }
            let path = "/\(library)/\(number)"
            return Publication.ChangedSection(
                pagePath: path, anchor: "", path: path, parentPath: nil, title: "Page \(number)", headingPath: ["Page \(number)"], level: 0,
                ordinal: 0, url: "https://docs.example.com\(path)", summary: text, content: text, tokens: 1, checksum: [1],
                chunking: "test",
                chunks: [
                    .init(
                        ordinal: 0, anchor: "", headingPath: ["Page \(number)"], text: text, tokens: 1, checksum: Array(text.utf8),
                        terms: terms)
                ])
        }
        if vectors {
            try await store.saveVectors(
                lease, profile: embedder.profile, texts.map { (checksum: Array($0.utf8), vector: embedder.vector($0)) })
        }
        let publication = Publication(
            documentation: job.documentation, title: library, profile: vectors ? embedder.profile : nil, boilerplate: [], changed: sections,
            deletedSections: [], pages: [:], deletedPages: [], fetchedAt: Date(timeIntervalSince1970: 1_750_000_000))
        for stage in [JobStatus.crawling, .parsing] { try await store.advance(lease, to: stage) }
        try await store.publish(lease, publication, counts: JobCounts())
        return job.documentation
    }

    /// A job for the library, leased.
    func leased(
        _ library: String, version: String = "1.0", root: String = "https://docs.example.com/"
    ) async throws -> (job: Job, lease: JobLease) {
        let job = try await PostgresJobStore(client).submit(
            JobSubmission(library: library, version: version, settings: IngestionSettings(rootURL: root), correlationID: "test"),
            access: .all
        ).job
        let fence = try await client.query(
            """
            update portolan.job set lease_holder = 'w', lease_expires_at = now() + interval '10 minutes', fence = fence + 1
            where id = \(job.id.uuid) returning fence
            """
        ).single().decode(0, as: Int64.self)
        return (job, JobLease(job: job.id, fence: fence, holder: "w"))
    }

    func service(_ embedder: (any Embedder)? = WordEmbedder(), timeout: Duration = .seconds(30)) -> SearchService {
        SearchService(
            store: PostgresSearchStore(client),
            embedding: QueryEmbedding(embedder: embedder, breaker: CircuitBreaker(name: "embedder"), timeout: timeout))
    }
}

/// Runs `body` on a new, migrated database.
func withShelf<Result>(_ body: (Shelf) async throws -> Result) async throws -> Result {
    try await TestDatabase.withDatabase { url in
        var configuration = try PostgresConfiguration(url: url)
        // All tests share one server, whose connections are not without number.
        (configuration.laneCount, configuration.maximumLeases) = (1, 4)
        configuration.defaultTimeout = .seconds(60)
        let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
        defer { client.close() }
        try await MigrationRunner(client: client, migrations: Schema.migrations).run()
        return try await body(Shelf(client: client))
    }
}
