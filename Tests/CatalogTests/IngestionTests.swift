import Catalog
import Connectors
import Digests
import Domain
import EmbeddedServices
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

@Suite(.serialized) struct `Archives through the pipeline` {
    private static let good = [
        "index.html": "<html><body><main><h1>Start</h1><p>Welcome. <a href=\"guide/a.md\">On</a></p></main></body></html>",
        "guide/a.md": "# A guide\n\nWhat stands first in the alphabet.", "img/logo.png": "binary",
    ]
    private static let poor = [
        "index.html": "<html><body><main><h1>Start</h1><p>Welcome. <a href=\"guide/b.md\">On</a></p></main></body></html>",
        "empty.html": "",
    ]

    /// Runs a job over an archive of the spool folder with `files`.
    private static func ingest(
        _ files: [String: String], in world: CatalogWorld, mode: ValidationPolicy.Mode = .lenient, budget: Duration = .seconds(120)
    ) async throws -> (job: Job, fault: Fault?) {
        let gates = GateRegistry()
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        try FileManager.default.createDirectory(atPath: world.folder + "/spool", withIntermediateDirectories: true)
        let program = """
            import json, sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
                for key, value in sorted(json.loads(sys.argv[2]).items()):
                    archive.writestr(zipfile.ZipInfo(key, (2020, 1, 1, 0, 0, 0)), value)
            """
        let json = String(decoding: try JSONEncoder().encode(files), as: UTF8.self)
        try await ChildProcess.run("/usr/bin/python3", arguments: ["-c", program, world.folder + "/spool/docs.zip", json])
        let connector = ArchiveConnector(
            fetcher: fetcher, policy: URLPolicy(), gates: gates, spool: SpoolFolder(world.folder + "/spool", gates: gates),
            intake: world.boundaries, work: WorkFolder(world.folder + "/work"))
        let address = try connector.address("docs.zip", options: [:])
        let jobs = PostgresJobStore(world.client)
        let job = try await jobs.submit(
            JobSubmission(
                library: "docs", version: "1.0", settings: IngestionSettings(rootURL: address.rootURL, kind: .archive),
                correlationID: "test"), access: .all
        ).job
        let fence = try await world.client.query(
            """
            update portolan.job set lease_holder = 'worker', lease_expires_at = now() + interval '1 hour', fence = fence + 1
            where id = \(job.id.uuid) returning fence
            """
        ).single().decode("fence", as: Int64.self)
        var options = IngestionPipeline.Options()
        options.validation.mode = mode
        options.validation.budget = budget
        let pipeline = IngestionPipeline(
            store: PostgresIngestionStore(world.client, gates: gates),
            makeSource: { try connector.makeSource($0, extractLinks: $1) }, embedder: nil, catalog: world.boundaries, options: options)
        do {
            try await pipeline.run(
                JobLease(job: job.id, fence: fence, holder: "worker"), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return (try #require(try await jobs.job(job.id, access: .all)), nil)
        } catch let fault as Fault {
            _ = try await world.client.query("update portolan.job set status = 'FAILED' where id = \(job.id.uuid)")
            return (try #require(try await jobs.job(job.id, access: .all)), fault)
        }
    }

    private static func findings(_ world: CatalogWorld, not status: String = "pass") async throws -> [String] {
        try await world.client.query(
            "select path || ' ' || validator || ' ' || status as line from portolan.validation where status <> \(status) order by line"
        ).map { try $0.decode("line", as: String.self) }
    }

    @Test func `the catalog says what was ingested: version, artifact, files, validations, latest`() async throws {
        try await withCatalog { world in
            let (job, fault) = try await Self.ingest(Self.good, in: world)
            #expect(fault == nil)
            #expect(job.status == .completed)
            let version = try #require(try await world.catalog.version(takenInBy: job.id))
            #expect(version.state == .published)
            #expect(version.documentation == job.documentation)
            let pointer = try #require(try await world.catalog.latest(of: version.slot))
            #expect(pointer.version == version.id)
            #expect(pointer.setBy == "job \(job.id)")
            #expect(try await world.catalog.files(of: version.id).map(\.path) == ["guide/a.md", "img/logo.png", "index.html"])
            #expect(try await world.objects.latestVersion(of: version.slot.artifacts) == version.id)
            #expect(try await Self.findings(world) == [])
            let linked: Int = try await world.number("select count(*) from portolan.validation where file_id is not null")
            #expect(linked == 10, "five validators for two pages")
            try await world.expectInvariants()
            #expect(try await world.doctor.examine(fix: false).issues == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder + "/work").isEmpty)
        }
    }

    @Test func `the same archive again adds nothing, and what was found in its files stays`() async throws {
        try await withCatalog { world in
            _ = try await Self.ingest(Self.good, in: world)
            let (picture, keys) = (try await world.picture(), try await world.keys())
            let (job, fault) = try await Self.ingest(Self.good, in: world)
            #expect(fault == nil)
            #expect(try await world.picture() == picture)
            #expect(try await world.keys() == keys)
            #expect(try await world.catalog.version(takenInBy: job.id)?.state == .published)
            // Another release with one file as it was: what was found in it holds.
            var next = Self.good
            next["index.html"] = "<html><body><main><h1>Start</h1><p>Another welcome.</p></main></body></html>"
            let (_, again) = try await Self.ingest(next, in: world)
            #expect(again == nil)
            let carried: Int = try await world.number(
                """
                select count(*) from portolan.validation v join portolan.latest_pointer p on p.version_id = v.version_id
                where v.path = 'guide/a.md'
                """)
            #expect(carried == 5)
            try await world.expectInvariants()
        }
    }

    @Test func `lenient records what is wrong and publishes`() async throws {
        try await withCatalog { world in
            let (job, fault) = try await Self.ingest(Self.poor, in: world)
            #expect(fault == nil)
            #expect(job.status == .completed)
            #expect(try await Self.findings(world) == ["empty.html size fail", "index.html links fail"])
            #expect(try await world.catalog.version(takenInBy: job.id)?.state == .published)
        }
    }

    @Test func `strict publishes nothing of it, and the last good version stays the latest`() async throws {
        try await withCatalog { world in
            let (good, _) = try await Self.ingest(Self.good, in: world, mode: .strict)
            #expect(good.status == .completed)
            let version = try #require(try await world.catalog.version(takenInBy: good.id))
            let (keys, sections) = (try await world.keys(), try await world.number("select count(*) from portolan.section"))
            let (bad, fault) = try await Self.ingest(Self.poor, in: world, mode: .strict)
            #expect(fault?.code == "E_VALIDATION_FAILED")
            #expect(try await world.catalog.latest(of: version.slot)?.version == version.id)
            #expect(try await world.keys() == keys, "nothing of the poor version is kept")
            #expect(try await world.number("select count(*) from portolan.section") == sections)
            #expect(try await world.catalog.version(takenInBy: bad.id)?.state == .rejected)
            #expect(try await Self.findings(world) == ["empty.html size fail", "index.html links fail"])
            try await world.expectInvariants()
        }
    }

    @Test func `what the budget does not reach counts as timeout, and strict does not let it pass`() async throws {
        try await withCatalog { world in
            let (_, fault) = try await Self.ingest(Self.good, in: world, mode: .strict, budget: .zero)
            #expect(fault?.code == "E_VALIDATION_FAILED")
            #expect(try await Self.findings(world).count == 10)
            let latest: Int = try await world.number("select count(*) from portolan.latest_pointer")
            #expect(latest == 0)
        }
    }

    @Test func `the events of a job tell of its version`() async throws {
        try await withCatalog { world in
            let (job, _) = try await Self.ingest(Self.good, in: world)
            let events = try await PostgresEventStore(world.client).events(
                after: 0, type: "boundary", level: nil, job: job.id, limit: 100)
            let withVersion = events.filter { $0.payload["version_id"] != nil }.map(\.type)
            #expect(
                withVersion
                    == ["download", "extraction", "validation", "latest"].flatMap {
                        ["boundary.\($0).begin", "boundary.\($0).success"]
                    })
            #expect(events.allSatisfy { $0.correlationID == "test" })
        }
    }
}
