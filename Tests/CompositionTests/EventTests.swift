import Archives
import Catalog
import Digests
import Domain
import EmbeddedServices
import FoundationEssentials
import Logging
import ObjectStorage
import Policy
import Postgres
import Primitives
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Composition
@testable import Fetch

@Suite struct `Events` {
    /// Keeps what is recorded.
    private final class Collected: EventSink {
        private let kept = Locked<[NewEvent]>([])
        var events: [NewEvent] { kept.withLock { $0 } }
        func record(_ event: NewEvent) { kept.withLock { $0.append(event) } }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func schema() throws -> JSONSchema {
        let data = try Data(contentsOf: Self.root.appending(path: "docs/event.schema.json"))
        return JSONSchema(try JSONDecoder().decode(JSONValue.self, from: data))
    }

    private func withClient<Result>(_ body: (PostgresClient) async throws -> Result) async throws -> Result {
        try await TestDatabase.withDatabase { url in
            var configuration = try PostgresConfiguration(url: url)
            (configuration.laneCount, configuration.maximumLeases) = (1, 4)
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            return try await body(client)
        }
    }

    private static let process = EventProcess.running(as: "portolan-test", configHash: "0123456789ab")

    // MARK: The schema

    @Test func `Every type of event that the product writes validates`() async throws {
        let schema = try schema()
        try await withClient { client in
            try await Self.walkJobs(client)
            try await Self.migrate(client)
            try await Self.command(client)
            try await Self.crossBoundaries(client)
            try await Self.lookAfter(client)
            let buffer = EventBuffer(client, process: Self.process)
            for event in try await Self.recorded() { buffer.record(event) }
            await buffer.flush()
            var types: Set<String> = []
            _ = try await EventArchive(client).walk(level: nil, type: nil, since: .distantPast, limit: 10_000) { event in
                types.insert(event.type)
                let value = try JSONDecoder().decode(JSONValue.self, from: Data(try event.json().utf8))
                #expect(try schema.problems(value) == [], "\(event)")
            }
            #expect(types == Set(EventType.allCases.map(\.rawValue)))
        }
    }

    @Test func `The schema and the code name the same types and keys`() throws {
        let root = try schema().root
        let types = Set(EventType.allCases.map(\.rawValue))
        #expect(Set(root["properties"]?["type"]?["enum"]?.list.compactMap(\.text) ?? []) == types)
        #expect(Set(root["allOf"]?.list.compactMap { $0["if"]?["properties"]?["type"]?["const"]?.text } ?? []) == types)
        let required = Set(root["required"]?.list.compactMap(\.text) ?? [])
        #expect(required == Set(EventEnvelope.csvHeader.split(separator: ",").map(String.init)))
        #expect(Set(root["properties"]?.fields.keys.map(\.self) ?? []) == required)
        for type in types { #expect(type.wholeMatch(of: /[a-z]+(\.[a-z_]+)+/) != nil) }
    }

    @Test func `What does not fit the schema is found`() throws {
        let schema = try schema()
        func problems(_ type: String, level: String = "INFO", ts: String = "2026-01-01T00:00:00.000Z", _ payload: String) throws -> [String]
        {
            let text = """
                {"number": 1, "ts": "\(ts)", "type": "\(type)", "level": "\(level)", "run_id": null, "config_hash": null, "service": "s",
                 "context": {}, "ids": {}, "payload": \(payload)}
                """
            return try schema.problems(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)))
        }
        let fine = #"{"code": "E_X", "seconds": "0.5"}"#
        #expect(try problems("extract.error", fine) == [])
        #expect(try problems("extract.lost", fine) == ["/type has none of the values"])
        #expect(try problems("extract.error", level: "LOUD", fine) == ["/level has none of the values"])
        #expect(try problems("extract.error", ts: "today", fine) == ["/ts does not match"])
        #expect(try problems("extract.error", #"{"code": "E_X"}"#) == ["/payload/seconds is missing"])
        #expect(try problems("extract.error", #"{"code": "E_X", "seconds": "1", "more": "x"}"#) == ["/payload/more is not allowed"])
        #expect(try problems("extract.error", #"{"code": 7, "seconds": "1"}"#).contains("/payload/code has another type"))
    }

    /// A type in a text of its own would be one that the schema does not know.
    @Test func `No source names a type that the schema lacks`() throws {
        let types = Set(EventType.allCases.map(\.rawValue))
        let pattern =
            /"((?:boundary|policy|net|ratelimit|extract|storage|cli|db\.tx|db\.migrate|db\.latest|db\.boundary|catalog|perf)\.[a-z_.]+)"/
        let sources = Self.root.appending(path: "Sources").path
        var unknown: [String] = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: sources) where file.hasSuffix(".swift") {
            let text = String(decoding: try Data(contentsOf: URL(filePath: "\(sources)/\(file)")), as: UTF8.self)
            for match in text.matches(of: pattern) where !types.contains(String(match.1)) { unknown.append("\(file): \(match.1)") }
        }
        #expect(unknown == [])
    }

    // MARK: What is recorded

    @Test func `A rejection becomes an event without secrets`() throws {
        let (gates, events) = (GateRegistry(), Collected())
        let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "test"))
        GateCollector.install(gates, metrics, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, events)
        _ = gates.evaluate(URLGate(URLPolicy()), "https://user:secret@docs.example.com/a?token=secret")
        let event = try #require(events.events.first)
        #expect(
            event.type == .gate && event.level == .warning && event.payload["gate"] == "url_gate" && event.payload["code"] == "E_USERINFO")
        #expect(!"\(event)".contains("secret"))
    }

    @Test func `Transfers and decisions are sums of their interval`() throws {
        var figures = IntervalFigures()
        func transfer(_ url: String, _ status: Int?, _ milliseconds: Int, retryAfter: String? = nil) -> TransferReport {
            TransferReport(
                url: url, status: status, failure: status == nil ? .timeout : nil, duration: .milliseconds(milliseconds), bytes: 10,
                retryAfter: retryAfter)
        }
        figures.add(transfer("https://A.example:444/x", 200, 50))
        figures.add(transfer("https://user@a.example/y?z", 304, 51))
        figures.add(transfer("http://a.example", nil, 0))
        figures.add(transfer("https://b.example/", 429, 11_000, retryAfter: "30"))
        figures.add(transfer("https://b.example/", 503, 1, retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT"))
        figures.addDecision(500.0 / 60, isAllowed: true)
        figures.addDecision(500.0 / 60, isAllowed: false)
        let events = figures.events
        #expect(events.map(\.type) == [.request, .request, .cooldown, .acquire])
        let a = events[0].payload
        #expect(a["host"] == "a.example" && a["answers"] == "2" && a["not_modified"] == "1" && a["failures"] == "1" && a["bytes"] == "30")
        #expect(a["le_50_ms"] == "1" && a["le_100_ms"] == "1" && a["milliseconds"] == "101")
        #expect(events[1].payload["over_10000_ms"] == "1")
        #expect(events[2].payload == ["host": "b.example", "answers": "2", "longest_seconds": "30"])
        #expect(events[3].payload == ["rate": "8.33/s", "allowed": "1", "refused": "1"] && events[3].level == .warning)
    }

    @Test func `Names beyond the bound are summed up together`() {
        var figures = IntervalFigures()
        for number in 0..<200 {
            figures.add(
                TransferReport(url: "https://h\(number).example/", status: 200, failure: nil, duration: .zero, bytes: 0, retryAfter: nil))
        }
        let events = figures.events
        #expect(events.count == IntervalFigures.mostNames + 1)
        #expect(events.first { $0.payload["host"] == "other" }?.payload["answers"] == "150")
        #expect(IntervalFigures.host(of: "https://[::1]:8080/a") == "::1" && IntervalFigures.host(of: "nonsense") == "unknown")
    }

    @Test func `A recorder writes what it was told when it is flushed, and counts it`() async throws {
        try await withClient { client in
            let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "test"))
            let recorder = EventRecorder(EventBuffer(client, process: Self.process), metrics)
            recorder.record(NewEvent(.extractError, .error, ["code": "E_X", "seconds": "1"]))
            recorder.record(
                TransferReport(url: "https://a.example/", status: 200, failure: nil, duration: .zero, bytes: 1, retryAfter: nil))
            recorder.recordLimit(perSecond: 1, isAllowed: true)
            await recorder.flush()
            await recorder.flush()
            let types = try await client.query("select type from portolan.event order by id").decodeColumn(as: String.self)
            #expect(types.sorted() == ["extract.error", "net.request", "ratelimit.acquire"])
            let page = await metrics.registry.exposition(.prometheusText)
            #expect(page.contains("portolan_events_total{outcome=\"written\"} 3"))
        }
    }

    @Test func `A gate that cannot decide is told apart from one that says no`() throws {
        struct Broken: Gate {
            struct Failure: Error {}
            let name = GateName.query
            let field = "q"
            func decide(_ input: Int) throws -> GateResult<Int> { throw Failure() }
        }
        let (gates, events) = (GateRegistry(), Collected())
        let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "test"))
        GateCollector.install(gates, metrics, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, events)
        _ = gates.evaluate(Broken(), 1)
        let event = try #require(events.events.first)
        #expect(event.type == .gateError && event.level == .error && event.payload["code"] == "E_GATE_FAILED")
    }

    @Test func `What is stored is summed up by interval, and only what succeeded`() async throws {
        try await withTemporaryDirectory { folder in
            let figures = Locked(IntervalFigures())
            let store = ObservedObjectStore(LocalObjectStore(root: folder + "/store", gates: GateRegistry())) { type, objects, bytes in
                figures.withLock { $0.addStorage(type, objects: objects, bytes: bytes) }
            }
            _ = try await store.putBytes([1, 2, 3], at: "artifacts/a/1")
            _ = try await store.putBytes([1, 2], at: "artifacts/a/2")
            try await store.rename("artifacts/a/2", to: "artifacts/a/3")
            await #expect(throws: Fault.self) { try await store.rename("artifacts/a/2", to: "artifacts/a/4") }
            await #expect(throws: Fault.self) { _ = try await store.putBytes([1], at: "../out") }
            try await store.setLatestVersion("v", of: "artifacts/a")
            try await store.delete(["artifacts/a/1", "artifacts/a/3"])
            try await store.delete([])
            #expect(try await store.latestVersion(of: "artifacts/a") == "v")
            #expect(try await !store.exists("artifacts/a/3"))
            let events = figures.withLock { $0.events }
            #expect(events.map(\.type) == [.storageDelete, .storageLatest, .storageMove, .storagePut])
            #expect(events.map { $0.payload["operations"] } == ["1", "1", "1", "2"])
            #expect(events.map { $0.payload["objects"] } == ["2", "1", "1", "2"])
            #expect(events.last?.payload["bytes"] == "5" && events.first?.payload["bytes"] == nil)
        }
    }

    @Test func `Each decision at the boundary of a transaction is told, with what it was about`() throws {
        let (gates, events) = (GateRegistry(), Collected())
        let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "test"))
        GateCollector.install(gates, metrics, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, events)
        _ = gates.evaluate(DatabaseBoundaryGate(), .init("pre_commit", stepSucceeded: true, tables: ["job", "page"]))
        _ = gates.evaluate(DatabaseBoundaryGate(), .init("pre_commit", stepSucceeded: false, tables: ["job"]))
        _ = gates.evaluate(DatabaseBoundaryGate(), .init("'; drop table job; --", stepSucceeded: true, tables: []))
        let told = events.events.filter { $0.type == .boundaryCheck }
        #expect(
            told.map(\.payload) == [
                ["operation": "pre_commit", "step": "ok", "tables": "2", "outcome": "pass"],
                ["operation": "pre_commit", "step": "failed", "tables": "1", "outcome": "reject", "code": "E_DB_TX"],
                ["operation": "unknown", "outcome": "reject", "code": "E_DB_TX"],
            ])
        // The rejections are told as such, too.
        #expect(events.events.count { $0.type == .gate } == 2)
    }

    @Test func `A command is told of when it begins and ends, and fails no more for want of a place to tell it`() async throws {
        struct Refused: Error {}
        try await withClient { client in
            let journal = CommandJournal(client)
            #expect(try await journal.tell(of: nil) { 1 } == 1)
            #expect(try await journal.tell(of: .init(.db, "prune")) { 2 } == 2)
            await #expect(throws: Refused.self) { try await journal.tell(of: .init(.keys, "create")) { throw Refused() } }
            let rows = try await client.query("select type || ' ' || level || ' ' || (payload->>'command') from portolan.event order by id")
            #expect(
                try rows.decodeColumn(as: String.self) == [
                    "cli.db.begin INFO db prune", "cli.db.success INFO db prune", "cli.keys.begin INFO keys create",
                    "cli.keys.error ERROR keys create",
                ])
            _ = try await client.query("drop table portolan.event cascade")
            #expect(try await journal.tell(of: .init(.db, "migrate")) { 3 } == 3)
        }
    }

    // MARK: Pieces

    /// Commands of each group that succeed, and that fail.
    private static func command(_ client: PostgresClient) async throws {
        struct Refused: Error {}
        let journal = CommandJournal(client)
        for group in CommandJournal.Command.Group.allCases {
            try await journal.tell(of: .init(group, "plan-diff")) {}
            await #expect(throws: Refused.self) { try await journal.tell(of: .init(group, "latest set")) { throw Refused() } }
        }
    }

    /// A new database, migrated; its events are written into the other one too.
    private static func migrate(_ client: PostgresClient) async throws {
        try await TestDatabase.withDatabase { url in
            let fresh = try PostgresClient(configuration: PostgresConfiguration(url: url), logger: Logger(label: "test"))
            defer { fresh.close() }
            let names = try await MigrateRole.apply(fresh, GateRegistry(), isDryRun: false).migrations
            #expect(!names.isEmpty)
            let told = try await fresh.query(
                "select payload->>'migration' from portolan.event where type = 'db.migrate.applied' order by id")
            #expect(try told.decodeColumn(as: String.self) == names)
            for name in names { try await PostgresCatalogStore(client).note("db.migrate.applied", .info, ["migration": name]) }
            #expect(try await MigrateRole.apply(fresh, GateRegistry(), isDryRun: false).migrations == [])
        }
    }

    /// The events that processes record, each made by the code that makes it.
    private static func recorded() async throws -> [NewEvent] {
        let events = Collected()
        let gates = GateRegistry()
        let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "test"))
        GateCollector.install(gates, metrics, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, events)
        _ = gates.evaluate(URLGate(URLPolicy()), "ftp://docs.example.com/a")
        _ = gates.evaluate(OperatorQueryGate(), "drop table a")
        _ = gates.evaluate(DatabaseBoundaryGate(), .init("pre_commit", stepSucceeded: true, tables: ["job"]))
        var figures = IntervalFigures()
        figures.add(
            TransferReport(
                url: "https://a.example/", status: 429, failure: nil, duration: .milliseconds(7), bytes: 9, retryAfter: "10"))
        figures.addDecision(8.33, isAllowed: false)
        for type in [EventType.storagePut, .storageMove, .storageDelete, .storageLatest] {
            figures.addStorage(type, objects: 2, bytes: 7)
        }
        events.record(NewEvent(.gateError, .error, ["gate": "url_gate", "domain": "network", "code": "E_GATE_FAILED", "field": "url"]))
        for event in figures.events { events.record(event) }
        let slow = SlowWork { type, payload, _ in events.record(NewEvent(type, .warning, payload)) }
        slow.operation("GET /v1/search", took: .seconds(2))
        slow.query(text: "select 1", took: .seconds(1), LogContext())
        try await withTemporaryDirectory { folder in
            let extractor = ArchiveExtractor(gates: gates, events: events)
            try Data("<p>Hello</p>".utf8).write(to: URL(filePath: "\(folder)/a.html"))
            try await ChildProcess.run("/bin/tar", arguments: ["-C", folder, "-cf", "\(folder)/a.tar", "a.html"])
            _ = try await extractor.extract("\(folder)/a.tar", into: folder)
            try Data("no archive".utf8).write(to: URL(filePath: "\(folder)/b.tar"))
            await #expect(throws: Fault.self) { _ = try await extractor.extract("\(folder)/b.tar", into: folder) }
        }
        return events.events
    }

    /// Jobs that succeed, and jobs that end in each of the stages.
    private static func walkJobs(_ client: PostgresClient) async throws {
        let jobs = PostgresJobStore(client)
        let stages = ["CRAWLING", "PARSING", "EMBEDDING", "INDEXING"]
        for end in 0...stages.count {
            let settings = try IngestionSettings(rootURL: "https://docs.example.com/\(end)")
            let submission = JobSubmission(library: "l", version: "1", settings: settings, correlationID: "c")
            let job = try await jobs.submit(submission, access: .all).job
            for stage in stages.prefix(end == stages.count ? end : end + 1) {
                _ = try await client.query("update portolan.job set status = \(stage) where id = \(job.id.uuid)")
            }
            let status = end == stages.count ? "COMPLETED" : "FAILED"
            _ = try await client.query(
                "update portolan.job set status = \(status), fault = '{\"code\": \"E_X\"}'::jsonb where id = \(job.id.uuid)")
        }
    }

    /// A doctor who finds a file without a row, one who removes it, and prunings.
    private static func lookAfter(_ client: PostgresClient) async throws {
        try await withTemporaryDirectory { folder in
            let objects = LocalObjectStore(root: folder, gates: GateRegistry())
            let boundaries = CatalogBoundaries(catalog: PostgresCatalogStore(client), objects: objects)
            _ = try await objects.putBytes([1, 2, 3], at: "artifacts/stray/nothing")
            let slot = try #require(CatalogSlot(rawValue: "docs"))
            let version = try await client.query("select id from portolan.catalog_version").single().decode(0, as: String.self)
            try await boundaries.setLatest(version, of: slot, by: "test")
            try await objects.delete([slot.artifacts + "/LATEST.json"])
            _ = try await CatalogPruner(boundaries).prune(apply: false, now: Date(timeIntervalSinceNow: 90 * 86_400))
            #expect(try await CatalogDoctor(boundaries).examine(fix: false).issues.contains { $0.kind == .latestMismatch })
            #expect(try await CatalogDoctor(boundaries).examine(fix: true).issues.contains { $0.isFixed })
            let reconciliation = Reconciliation(audit: PostgresIndexAudit(client), doctor: CatalogDoctor(boundaries))
            _ = try await reconciliation.run(repair: false)
        }
    }

    /// The boundaries of the catalog: one that is crossed, one that fails.
    private static func crossBoundaries(_ client: PostgresClient) async throws {
        let catalog = PostgresCatalogStore(client)
        let slot = try #require(CatalogSlot(rawValue: "docs"))
        let artifact = SHA256.hash("a").hexadecimal
        let version = CatalogVersion(
            id: String(artifact.prefix(32)), service: "archive", slot: slot, label: "Docs", createdAt: Date())
        let crossing = BoundaryCrossing(.download, slot: slot, holder: "me", job: nil, version: version.id, artifact: artifact)
        #expect(try await catalog.begin(crossing, for: .seconds(60)))
        let arrived = Artifact(
            id: artifact, version: version.id, status: .fresh, name: "a.zip", storageKey: "artifacts/docs/a", bytes: 1,
            sourceURL: "https://docs.example.com/a.zip", fetchedAt: Date())
        try await catalog.commit(crossing, .arrival(version, [arrived]), filesAreStored: true, began: .now)
        #expect(try await catalog.begin(crossing, for: .seconds(60)))
        try await catalog.abort(crossing, Fault(.internal, code: "E_X", "It broke."), leaving: nil)
    }
}
