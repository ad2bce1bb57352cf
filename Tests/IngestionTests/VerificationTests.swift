import Domain
import FoundationEssentials
import Policy
import Postgres
import Primitives
import Resilience
import Retrieval
import Storage
import Testing

@testable import Ingestion

@Suite struct `Verifying a documentation after a job` {
    /// Ways to break an index, and the code that has to say so.
    static let breakages: [(SQL, VerificationReport.Code)] = [
        ("delete from portolan.embedding", .vectors),
        ("delete from portolan.embedding where checksum = (select min(checksum) from portolan.embedding)", .vectors),
        ("delete from portolan.chunk where id = (select min(id) from portolan.chunk)", .chunks),
        ("delete from portolan.chunk", .chunks),
        ("update portolan.chunk set token_count = 513 where id = (select min(id) from portolan.chunk)", .oversized),
        ("delete from portolan.section where path = '/api'", .sections),
        ("delete from portolan.section", .empty),
        ("delete from portolan.page where path = '/api'", .sections),
        ("delete from portolan.term_statistic where term = (select min(term) from portolan.term_statistic)", .terms),
        ("update portolan.chunk set terms = '{}', weights = '{}/1000000000'", .terms),
        ("alter table portolan.chunk rename column text to hidden", .failed),
    ]

    @Test func `what was ingested is ready, and says how it is found`() async throws {
        try await withWorld { world in
            let embedder = HashEmbedder()
            let job = try await world.ingest(.small(), embedder: embedder)
            #expect(job.isReadyForQueries == nil)
            let report = try await Self.verifier(world, embedder).verify(job)
            #expect(report.isReady && report.problems.isEmpty, "\(report.problems)")
            #expect(report.counts.model == "hash" && report.counts.chunksWithoutVector == 0)
            #expect(report.counts.sections == report.counts.recordedSections && report.counts.sections > 3)
            #expect(JobVerifier.samples.contains(report.samples.count))
            for sample in report.samples {
                #expect(sample.rank != nil && sample.confidence != nil && sample.mode == "hybrid")
                #expect(sample.evidence?.isEmpty == false)
            }
            let stored = try await PostgresVerificationStore(world.client).report(job.id, access: .all)
            #expect(stored == report)
            #expect(try await world.jobs.job(job.id, access: .all)?.isReadyForQueries == true)
            #expect(report.markdown.contains("**Ready for queries.**") && report.markdown.contains("| hybrid |"))

            // A second look replaces the first.
            try await Self.verifier(world, embedder).verify(job)
            #expect(try await world.number("select count(*) from portolan.verification") == 1)
        }
    }

    @Test func `a completed job owes a verification until there is a report, whoever writes it`() async throws {
        try await withWorld { world in
            let store = PostgresVerificationStore(world.client)
            let embedder = HashEmbedder()
            let job = try await world.ingest(.small(), embedder: embedder)
            #expect(try await store.owed() == 1)
            // The worker that completed the job goes first.
            #expect(try await store.takeOwed(limit: 5, term: .seconds(60)) == [])
            _ = try await world.client.query("update portolan.verification_owed set next_attempt_at = now()")
            #expect(try await store.takeOwed(limit: 5, term: .seconds(60)) == [job.id])
            // Another worker has it now.
            #expect(try await store.takeOwed(limit: 5, term: .seconds(60)) == [])
            try await Self.verifier(world, embedder).verify(job)
            #expect(try await store.owed() == 0)
            #expect(try await world.jobs.job(job.id, access: .all)?.isReadyForQueries == true)
        }
    }

    @Test(arguments: breakages)
    func `a broken index is not ready, and the report says why`(breakage: SQL, code: VerificationReport.Code) async throws {
        try await withWorld { world in
            let embedder = HashEmbedder()
            let job = try await world.ingest(.small(), embedder: embedder)
            _ = try await world.client.query(breakage)
            let report = try await Self.verifier(world, embedder).verify(job)
            #expect(!report.isReady)
            #expect(report.problems.contains { $0.code == code }, "\(report.problems)")
            #expect(report.markdown.contains(code.rawValue))
            let ended = try await world.jobs.job(job.id, access: .all)
            #expect(ended?.isReadyForQueries == false && ended?.status == .completed)
        }
    }

    @Test func `without an embedder words alone have to find the samples`() async throws {
        try await withWorld { world in
            let job = try await world.ingest(.short(), embedder: nil)
            let report = try await Self.verifier(world, nil).verify(job)
            #expect(report.isReady && report.counts.model == nil, "\(report.problems)")
            #expect(report.samples.allSatisfy { $0.mode == "keyword_fallback" })
        }
    }

    @Test func `sections that no search finds make a documentation not ready`() async throws {
        try await withWorld { world in
            let job = try await world.ingest(.short(), embedder: nil)
            let verifier = JobVerifier(store: PostgresVerificationStore(world.client)) { _, _, _ in ([], "keyword_fallback") }
            let report = try await verifier.verify(job)
            #expect(report.problems.map(\.code) == [.samples] && report.samples.count == 3)
            #expect(report.samples.allSatisfy { $0.rank == nil && $0.evidence == nil })
        }
    }

    @Test func `a job that is gone has no report`() async throws {
        try await withWorld { world in
            let job = try await world.ingest(.short(), embedder: nil)
            _ = try await world.client.query("delete from portolan.documentation")
            await #expect(throws: Fault.self) { try await Self.verifier(world, nil).verify(job) }
        }
    }

    @Test(arguments: [
        (["Guide", "Install"], "Run `pip install x`, then:\n```\nmake\n```", "Guide Install Run pip install x then make"),
        ([], "", "documentation"), (["—"], "* *", "documentation"), (["Größe"], "naïve café", "Größe naïve café"),
    ])
    func `a question is made of titles and first words`(path: [String], text: String, question: String) {
        #expect(SampleQuestion.text(headingPath: path, text: text) == question)
    }

    @Test func `what a page says stays text in the report`() {
        var counts = VerificationCounts()
        counts.sections = 1
        let report = VerificationReport(
            job: JobID.make(), documentation: DocumentationID.make(), verifiedAt: Date(timeIntervalSince1970: 0), problems: [],
            counts: counts,
            samples: [
                .init(
                    query: "a | b\n# c", path: "/", url: "https://x/", rank: 1, confidence: 0.5, evidence: "\u{1B}[31m<b>\u{7}",
                    mode: "hybrid")
            ])
        #expect(report.markdown.contains("| a \\| b \\# c | https://x/ | 1 | 50 % | hybrid |"))
        #expect(report.markdown.contains("> \\[31m\\<b\\>\n"))
    }

    private static func verifier(_ world: World, _ embedder: (any Embedder)?) -> JobVerifier {
        let search = SearchService(
            store: PostgresSearchStore(world.client, gates: GateRegistry()),
            embedding: QueryEmbedding(embedder: embedder, breaker: CircuitBreaker(name: "embedder")))
        return JobVerifier(store: PostgresVerificationStore(world.client)) { text, documentation, limit in
            let answer = try await search.search(
                SearchQuery(text: text, scope: SearchScope(documentation: documentation), limit: limit), access: .all)
            return (
                answer.hits.map { JobVerifier.Hit(path: $0.section.path, url: $0.url, score: $0.score, excerpt: $0.excerpt) },
                answer.mode.rawValue
            )
        }
    }
}
