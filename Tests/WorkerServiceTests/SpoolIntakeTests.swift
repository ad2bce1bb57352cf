import Catalog
import Connectors
import Domain
import Fetch
import FoundationEssentials
import Ingestion
import Logging
import ObjectStorage
import Policy
import Postgres
import Storage
import TestSupport
import Testing
import WorkerService

@Suite struct `Taking in what is dropped into the spool folder` {
    private struct Bench {
        let spool: String
        let client: PostgresClient
        let intake: SpoolIntake
        let ingestion: IngestionService
        let jobs: PostgresJobStore

        func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: URL(filePath: spool + "/" + name)) }

        /// Ends the job by way of `stages`.
        func end(_ job: Job, by stages: String...) async throws {
            for status in stages {
                _ = try await client.query("update portolan.job set status = \(status) where id = \(job.id.uuid)")
            }
        }
    }

    private static func bench(_ body: (Bench) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(extensions: ["vector"]) { url in
            try await withTemporaryDirectory { folder in
                let spool = folder + "/spool"
                try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: false)
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let client = try PostgresClient(configuration: PostgresConfiguration(url: url), logger: logger)
                defer { client.close() }
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                let gates = GateRegistry()
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let drop = SpoolFolder(spool, gates: gates)
                let sources = SourceRegistry([
                    FolderConnector(spool: drop, gates: gates),
                    ArchiveConnector(
                        fetcher: fetcher, policy: URLPolicy(), gates: gates, spool: drop,
                        intake: CatalogBoundaries(
                            catalog: PostgresCatalogStore(client), objects: LocalObjectStore(root: folder + "/store", gates: gates)),
                        work: WorkFolder(folder + "/work")),
                ])
                let jobs = PostgresJobStore(client)
                let ingestion = IngestionService(jobs: jobs, sources: sources)
                let intake = SpoolIntake(spool: drop, ingestion: ingestion, jobs: jobs, logger: logger)
                try await body(Bench(spool: spool, client: client, intake: intake, ingestion: ingestion, jobs: jobs))
            }
        }
    }

    private static let start = ContinuousClock.now

    @Test(arguments: [("folder", "Handbook"), ("archive", "guide.zip")])
    func `only callers who may see all libraries can ask for what lies there`(kind: String, name: String) async throws {
        try await Self.bench { bench in
            func request(_ access: LibraryAccess) async throws -> Job {
                try await bench.ingestion.submit(
                    IngestionRequest(webURL: name, library: "mine", kind: kind, correlationID: "test"), access: access
                ).job
            }
            let list = AccessList(libraries: ["mine"])
            let fault = await #expect(throws: Fault.self) { try await request(.only(list)) }
            #expect(fault?.code == "E_SPOOL_ACCESS" && fault?.field == "web_url")
            let job = try await request(.all)
            #expect(job.library == "mine")
        }
    }

    @Test func `a renamed archive and a folder become jobs named after them`() async throws {
        try await Self.bench { bench in
            var watch = SpoolWatch()
            try bench.write("zip", to: "guide.tar.gz.part")
            try FileManager.default.createDirectory(atPath: bench.spool + "/Handbook", withIntermediateDirectories: false)
            try bench.write("a", to: "Handbook/a.html")
            #expect(try await bench.intake.look(&watch, now: Self.start).isEmpty)
            try FileManager.default.moveItem(atPath: bench.spool + "/guide.tar.gz.part", toPath: bench.spool + "/guide.tar.gz")
            #expect(try await bench.intake.look(&watch, now: Self.start + .seconds(1)).isEmpty)
            let archive = try await bench.intake.look(&watch, now: Self.start + .seconds(4))
            #expect(archive.map(\.library) == ["guide"])
            #expect(archive.first?.settings.kind == .archive)
            #expect(archive.first?.settings.rootURL == "https://spool.invalid/guide.tar.gz")
            let folder = try await bench.intake.look(&watch, now: Self.start + .seconds(10))
            #expect(folder.map(\.library) == ["Handbook"])
            #expect(folder.first?.settings.rootURL == "https://spool.invalid/Handbook/")
            #expect(try await bench.intake.look(&watch, now: Self.start + .seconds(60)).isEmpty)
        }
    }

    @Test func `the same content makes one job, over restarts too, and a failed one does not count`() async throws {
        try await Self.bench { bench in
            try bench.write("zip", to: "docs.zip")
            func drop() async throws -> Job {
                var watch = SpoolWatch(debounce: .zero, stability: .zero)
                return try #require(try await bench.intake.look(&watch, now: Self.start).first)
            }
            let first = try await drop()
            #expect(try await drop().id == first.id)
            try await bench.end(first, by: "FAILED")
            let second = try await drop()
            #expect(second.id != first.id)
            try await bench.end(second, by: "FAILED")
            let third = try await drop()
            #expect(Set([first.id, second.id, third.id]).count == 3)
            try await bench.end(third, by: "CRAWLING", "PARSING", "EMBEDDING", "INDEXING", "COMPLETED")
            #expect(try await drop().id == third.id)
            try bench.write("fixed", to: "docs.zip")
            let fixed = try await drop()
            #expect(fixed.id != third.id)
            #expect(fixed.documentation == third.documentation)
            try bench.write("zip", to: "docs.zip")
            let back = try await drop()
            #expect(![first.id, second.id, third.id, fixed.id].contains(back.id))
            #expect(try await drop().id == back.id)
        }
    }
}
