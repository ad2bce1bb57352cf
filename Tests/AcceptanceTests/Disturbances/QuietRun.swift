import APIClient
import APIModel
import Postgres
import TestSupport
import Testing

/// A stack that has read a small site once without being disturbed, as the measure for the runs that are.
struct QuietRun: Sendable {
    let stack: Stack
    let site: Site
    /// Address of the site, with a slash at the end.
    let address: String
    /// Folder of the site.
    let folder: String
    let job: JobDetail
    /// What the library says, by ``Stack/content(of:)``.
    let content: [String]

    /// Name of the library.
    static let library = "quiet"

    /// Set while the tests of a suite with the trait `quietRun` run.
    @TaskLocal static var current: QuietRun?

    /// The one of the running suite.
    static func shared() throws -> QuietRun { try #require(current) }

    static func with(_ body: (QuietRun) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let folder = try await SmallSite.prepare(in: directory)
            let site = Site(folder: folder)
            try await site.serve { address in
                // Small batches, so that a job can be met in the middle of its embedding.
                // What else the machine does must not change how many jobs run at a time.
                let settings = [
                    "PORTOLAN_EMBEDDING_BATCH_SIZE": "8", "PORTOLAN_CRAWL_PAGE_TIMEOUT_SECONDS": "15",
                    "PORTOLAN_WORKER_BACK_PRESSURE": "false",
                ]
                try await Stack.with(settings) { stack in
                    let job = try await stack.ingest(address, library: library, include: SmallSite.include)
                    let content = try await stack.content(of: library)
                    try await body(QuietRun(stack: stack, site: site, address: address, folder: folder, job: job, content: content))
                }
            }
        }
    }

    /// Starts the same ingestion for another library, as if none of its texts had ever been embedded.
    func begin(_ library: String) async throws -> String {
        try await stack.database.query("delete from portolan.embedding")
        return try await stack.start(address, library: library, include: SmallSite.include)
    }

    /// Expects that the job completed and that the library then says exactly what the undisturbed one says, with the same counts.
    func expectSameEnd(_ identifier: String, _ library: String) async throws {
        let end = try await stack.ended(identifier)
        #expect(end.status == .completed, "\(String(describing: end.error))")
        #expect(end.progressPercent == 100)
        #expect(end.pagesByOutcome == job.pagesByOutcome)
        #expect(end.pagesProcessed == job.pagesProcessed)
        #expect(end.sectionsChanged == job.sectionsChanged)
        #expect(end.chunksEmbedded == job.chunksEmbedded)
        #expect(try await stack.content(of: library) == content)
        #expect(try await stack.contradictions() == [])
    }

    /// Runs `body` while the job `identifier` can go no further than the middle of `stage`.
    func holding(_ stage: Stage, _ identifier: String, _ body: @Sendable () async throws -> Void) async throws {
        switch stage {
        case .crawling:
            let gate = site.closeGate(after: 5)
            defer {
                site.misbehave(nil)
                gate.fulfill()
            }
            try await stack.reaches("CRAWLING", identifier)
            try await eventually { site.waiting >= 1 }
            try await body()
        case .embedding:
            try await stack.reaches("EMBEDDING", identifier, chunks: 8)
            try await body()
        case .parsing, .indexing:
            // Both end with a publication, which takes this lock; what is published first is published at the end of PARSING.
            if stage == .indexing { try await stack.reaches("EMBEDDING", identifier) }
            try await stack.database.withTransaction { connection in
                _ = try await connection.query(
                    """
                    select from portolan.documentation where id = (select documentation_id from portolan.job where id::text = \(identifier))
                    for no key update
                    """)
                try await stack.reaches(stage.rawValue, identifier)
                try await body()
            }
        }
    }

    /// Starts four jobs, runs `body` when three of them are crawling and one waits for its turn, and lets them go on.
    func whileThreeRunAndOneWaits(
        _ name: String, _ body: () async throws -> Void
    ) async throws -> [(library: String, job: String)] {
        let gate = site.closeGate()
        defer {
            site.misbehave(nil)
            gate.fulfill()
        }
        var jobs = [(library: "\(name)-1", job: try await begin("\(name)-1"))]
        for number in 2...4 {
            let library = "\(name)-\(number)"
            jobs.append((library, try await stack.start(address, library: library, include: SmallSite.include)))
        }
        for (_, job) in jobs.prefix(3) { try await stack.reaches("CRAWLING", job) }
        try await body()
        return jobs
    }

    /// Stages in which a worker can die.
    enum Stage: String, Sendable, CaseIterable {
        case crawling = "CRAWLING"
        case parsing = "PARSING"
        case embedding = "EMBEDDING"
        case indexing = "INDEXING"
    }
}

/// Gives the tests of a suite one ``QuietRun``.
struct QuietRunTrait: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws
    {
        try await QuietRun.with { run in try await QuietRun.$current.withValue(run) { try await function() } }
    }
}

extension Trait where Self == QuietRunTrait {
    /// One stack and one undisturbed run for all tests of the suite.
    static var quietRun: Self { QuietRunTrait() }
}
