import EmbeddedServices
import FoundationEssentials
import Postgres
import Primitives
import TestSupport
import Testing

@testable import portolan

/// `portolan artifacts` on a real database and a real server.
@Suite struct `Artifact commands` {
    private struct LockedOne: Decodable {
        let id: String
        let url: String
        let bytes: Int?
        let etag: String?
    }
    private struct Plan: Decodable {
        struct PassedOver: Decodable { let url: String }
        let hash: String
        let isCached: Bool
        let isDryRun: Bool
        let artifacts: [LockedOne]
        let passedOver: [PassedOver]
    }
    private struct Diff: Decodable {
        struct Named: Decodable { let id: String }
        let added: [Named]
        let removed: [Named]
        let updated: [Named]
        let unchanged: Int
    }

    /// A folder with a file of sources, a server with two artifacts, and the command line on a database.
    private struct World {
        let database: `Database commands`.Database
        let server: LoopbackHTTPServer
        let folder: String
        let files: Locked<[String: String]>
        let bytes: Locked<[String: [UInt8]]>

        var extra: [String: String] {
            [
                "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8", "PORTOLAN_STORAGE_URL": "file://\(folder)/store",
                "PORTOLAN_WORK_DIR": "\(folder)/work",
            ]
        }

        func run(_ arguments: String...) async -> Invocation {
            await database.run(["artifacts"] + arguments, directory: folder, extra: extra)
        }

        func json<Value: Decodable>(_ type: Value.Type, _ arguments: String...) async throws -> Value {
            let run = await database.run(
                ["artifacts"] + arguments + ["--json"], directory: folder, extra: extra)
            #expect(run.code == 0 && run.diagnostics.isEmpty, "\(arguments): \(run.diagnostics)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(type, from: Data(run.output.utf8))
        }

        func write(_ text: String, to name: String = "portolan-artifacts.yaml") throws {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }

        func text(_ name: String) -> String? {
            FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func with<Result>(_ body: (World) async throws -> Result) async throws -> Result {
        let (files, bytes) = (Locked(["/a.zip": "one", "/b.zip": "two"]), Locked<[String: [UInt8]]>([:]))
        return try await `Database commands`.with { database in
            try await withTemporaryDirectory { folder in
                try await LoopbackHTTPServer.withServer(handler: { request in
                    let text = files.withLock { $0[request.path] }
                    guard let body = text.map({ Array($0.utf8) }) ?? bytes.withLock({ $0[request.path] }) else { return .status(404) }
                    let tag =
                        body.count < 10
                        ? String(decoding: body, as: UTF8.self) : "\(body.count)-\(body.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF })"
                    return .bytes(body, headers: [("etag", "\"\(tag)\"")])
                }) { server in
                    let world = World(database: database, server: server, folder: folder, files: files, bytes: bytes)
                    try world.write(
                        """
                        sources:
                          - id: one
                            urls: [\(server.url)/gone.zip, \(server.url)/a.zip]
                          - {id: two, url: "\(server.url)/b.zip", kind: archive, library: Two, version: "2.0"}

                        """)
                    return try await body(world)
                }
            }
        }
    }

    @Test func `init writes a file of sources that can be read, and overwrites none`() async throws {
        try await Self.with { world in
            #expect(await world.run("init", "new.yaml").code == 0)
            #expect(world.text("new.yaml")?.contains("sha256") == true)
            let plan = await world.run("plan", "--sources", "new.yaml", "--allowed-hosts", "nowhere.example")
            #expect(plan.code == 3 && plan.diagnostics.contains("E_HOST_DENY"), "\(plan.diagnostics)")
            let again = await world.run("init", "new.yaml")
            #expect(again.code == 4 && again.diagnostics.contains("--force"))
            #expect(await world.run("init", "new.yaml", "--force").code == 0)
        }
    }

    @Test func `a plan writes the lockfile, and again comes from the catalog`() async throws {
        try await Self.with { world in
            let dry = try await world.json(Plan.self, "plan", "--dry-run")
            #expect(dry.isDryRun && !dry.isCached)
            #expect(world.text("portolan-artifacts.lock.json") == nil)
            let plan = try await world.json(Plan.self, "plan")
            #expect(!plan.isCached)
            #expect(plan.hash == dry.hash)
            #expect(plan.artifacts.map(\.id) == ["one", "two"])
            #expect(plan.artifacts.first?.url == world.server.url + "/a.zip")
            #expect(plan.artifacts.first?.etag == "\"one\"")
            #expect(plan.passedOver.map(\.url) == [world.server.url + "/gone.zip"])
            let lock = try #require(world.text("portolan-artifacts.lock.json"))
            #expect(lock.contains(plan.hash))
            let asked = world.server.requests.count
            let again = await world.run("plan")
            #expect(again.output.contains("two") && again.diagnostics.contains("from the catalog"))
            #expect(world.server.requests.count == asked)
            #expect(world.text("portolan-artifacts.lock.json") == lock)
            #expect(try await world.json(Plan.self, "plan", "--refresh").hash == plan.hash)
        }
    }

    @Test func `a difference is shown, and written only when it is asked for`() async throws {
        try await Self.with { world in
            #expect(await world.run("plan-diff", "--no-lock").code == 1)
            #expect(await world.run("plan").code == 0)
            let lock = world.text("portolan-artifacts.lock.json")
            #expect(await world.run("plan-diff").diagnostics == "Nothing has changed.\n")
            world.files.withLock { $0["/b.zip"] = "changed" }
            let diff = try await world.json(Diff.self, "plan-diff", "--no-lock", "--lock-output", "new.json")
            #expect(diff.updated.map(\.id) == ["two"])
            #expect(diff.added.isEmpty && diff.removed.isEmpty && diff.unchanged == 1)
            #expect(world.text("new.json") != lock)
            // The catalog has the new plan now, the lockfile still the old one.
            #expect(await world.run("plan-diff", "--no-lock").diagnostics == "Nothing has changed.\n")
            let text = await world.run("plan-diff")
            #expect(text.code == 0 && text.output.contains("updated") && text.output.contains("\"changed\""), "\(text.output)")
            #expect(world.text("portolan-artifacts.lock.json") == lock)
            #expect(await world.run("plan-diff", "--update-baseline").code == 0)
            #expect(world.text("portolan-artifacts.lock.json") == world.text("new.json"))
            #expect(await world.run("plan-diff", "--no-lock", "--update-baseline").code == 2)
        }
    }

    @Test func `files that cannot be read are a mistake of usage with the place`() async throws {
        try await Self.with { world in
            try world.write("sources:\n  - id: one\n    colour: red\n", to: "bad.yaml")
            let bad = await world.run("plan", "--sources", "bad.yaml")
            #expect(bad.code == 2 && bad.diagnostics.contains("line 3"), "\(bad.diagnostics)")
            #expect(await world.run("plan", "--sources", "missing.yaml").code == 2)
            try world.write("{}", to: "bad.json")
            #expect(await world.run("plan-diff", "--lock", "bad.json").code == 2)
            #expect(await world.run("plan", "--concurrent-plans", "0").code == 2)
        }
    }

    // MARK: Taking in

    private struct Pull: Decodable {
        struct Outcome: Decodable {
            let id: String
            let state: String
            let slot: String
            let version: String?
            let files: Int?
            let job: String?
            let problem: String?
        }
        let plan: String
        let artifacts: [Outcome]
    }
    private struct Standing: Decodable {
        let id: String
        let standing: String
        let version: String?
    }
    private struct Validation: Decodable {
        let isValid: Bool
        let fitsSources: Bool
    }
    private struct Doctor: Decodable {
        struct Issue: Decodable { let kind: String }
        let issues: [Issue]
    }
    private struct Prune: Decodable {
        let isDryRun: Bool
        let versions: [String]
    }

    /// A zip with one page, made by Python.
    private static func zip(_ page: String, in folder: String) async throws -> [UInt8] {
        let program = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z: z.writestr('index.md', sys.argv[2])"
        try await ChildProcess.run("/usr/bin/python3", arguments: ["-c", program, folder + "/made.zip", page])
        return Array(try #require(FileManager.default.contents(atPath: folder + "/made.zip")))
    }

    private static let ontology = "format-version: 1.2\n\n[Term]\nid: EX:1\nname: first\n"

    /// As ``with(_:)``, with an archive and an ontology.
    private static func withArtifacts<Result>(_ body: (World) async throws -> Result) async throws -> Result {
        try await with { world in
            let archive = try await zip("# Start", in: world.folder)
            world.bytes.withLock { $0["/docs.zip"] = archive }
            world.files.withLock { $0["/ex.obo"] = ontology }
            try world.write(
                """
                sources:
                  - {id: docs, url: "\(world.server.url)/docs.zip", library: Docs, version: "1.0"}
                  - {id: ex, url: "\(world.server.url)/ex.obo", kind: ontology}

                """)
            #expect(await world.run("plan").code == 0)
            return try await body(world)
        }
    }

    @Test func `a pull takes in what is locked, once, and queues the jobs that make it searchable`() async throws {
        try await Self.withArtifacts { world in
            let dry = try await world.json(Pull.self, "pull", "--dry-run")
            #expect(dry.artifacts.map(\.state) == ["planned", "planned"])
            #expect(!FileManager.default.fileExists(atPath: world.folder + "/store"))
            #expect(try await world.json([Standing].self, "show").map(\.standing) == ["missing", "missing"])

            let pull = try await world.json(Pull.self, "pull")
            #expect(pull.artifacts.map(\.state) == ["fresh", "fresh"], "\(pull)")
            #expect(pull.artifacts.map(\.files) == [1, 1])
            let rows = try await world.database.client.query(
                """
                select l.name as library, j.id::text as job from portolan.job j
                join portolan.documentation d on d.id = j.documentation_id
                join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id order by l.name
                """)
            #expect(try rows.map { try $0.decode("library", as: String.self) }.sorted() == ["Docs", "ex"])
            #expect(try Set(rows.map { try $0.decode("job", as: String.self) }) == Set(pull.artifacts.compactMap(\.job)))
            let slot = try #require(pull.artifacts.first?.slot)
            let mirror = try #require(world.text("store/artifacts/\(slot)/LATEST.json"))
            #expect(mirror.contains(try #require(pull.artifacts.first?.version)))
            #expect(try await world.json([Standing].self, "show", "docs").map(\.standing) == ["current"])
            #expect(try await world.json(Validation.self, "validate").isValid)

            let again = try await world.json(Pull.self, "pull")
            #expect(again.artifacts.map(\.state) == ["unchanged", "unchanged"])
            let forced = await world.run("pull", "--force", "--no-ingest")
            #expect(forced.code == 0 && forced.output.contains("cached"), "\(forced.diagnostics)")
            let jobs = try await world.database.client.query("select count(*)::int from portolan.job").single().decode(0, as: Int.self)
            #expect(jobs == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder + "/work").isEmpty)
        }
    }

    @Test func `what is not as locked is not taken in, and leaves the rest and the last good version alone`() async throws {
        try await Self.withArtifacts { world in
            #expect(await world.run("pull", "--no-ingest").code == 0)
            let before = try await world.json([Standing].self, "show")
            world.files.withLock { $0["/ex.obo"] = Self.ontology + "comment: changed\n" }
            let failed = await world.run("pull", "--force", "--no-ingest")
            #expect(failed.code == 1 && failed.diagnostics.contains("ex: E_LOCK_MISMATCH"), "\(failed.diagnostics)")
            #expect(failed.output.contains("cached"))
            #expect(try await world.json([Standing].self, "show").map(\.version) == before.map(\.version))

            // Locked, but no ontology any more.
            world.files.withLock { $0["/ex.obo"] = "no terms at all" }
            #expect(await world.run("plan-diff", "--update-baseline").code == 0)
            let refused = await world.run("pull", "--no-ingest")
            #expect(refused.code == 1 && !refused.diagnostics.contains("E_LOCK_MISMATCH"), "\(refused.diagnostics)")
            let after = try await world.json([Standing].self, "show")
            #expect(after.map(\.version) == before.map(\.version))
            #expect(after.map(\.standing) == ["current", "different"])
            let invalid = await world.run("validate")
            #expect(invalid.code == 1 && invalid.output.contains("different"))
        }
    }

    @Test func `in strict mode an archive without pages is let go`() async throws {
        try await Self.withArtifacts { world in
            #expect(await world.run("pull", "--no-ingest").code == 0)
            let before = try await world.json([Standing].self, "show", "docs")
            let empty = try await Self.zip("", in: world.folder)
            world.bytes.withLock { $0["/docs.zip"] = empty }
            #expect(await world.run("plan-diff", "--update-baseline").code == 0)
            let strict = await world.run("pull", "--strict", "--no-ingest")
            #expect(strict.code == 1 && strict.diagnostics.contains("E_VALIDATION_FAILED"), "\(strict.diagnostics)")
            #expect(try await world.json([Standing].self, "show", "docs").map(\.version) == before.map(\.version))
            #expect(try await world.json(Doctor.self, "doctor").issues.isEmpty)
            // Leniently it is published, with the finding.
            #expect(await world.run("pull", "--no-ingest").code == 0)
            #expect(try await world.json([Standing].self, "show", "docs").map(\.version) != before.map(\.version))
        }
    }

    @Test func `the doctor repairs, and pruning removes old versions when it is told to`() async throws {
        try await Self.withArtifacts { world in
            #expect(await world.run("pull", "--no-ingest").code == 0)
            let second = try await Self.zip("# Second", in: world.folder)
            world.bytes.withLock { $0["/docs.zip"] = second }
            #expect(await world.run("plan-diff", "--update-baseline").code == 0)
            #expect(await world.run("pull", "--no-ingest").code == 0)
            let told = try await world.json(Prune.self, "prune", "--keep", "1")
            #expect(told.isDryRun && told.versions.count == 1)
            let removed = try await world.json(Prune.self, "prune", "--keep", "1", "--apply")
            #expect(!removed.isDryRun && removed.versions == told.versions)
            #expect(try await world.json(Prune.self, "prune", "--keep", "1").versions.isEmpty)

            let slot = try #require(try await world.json(Pull.self, "pull").artifacts.first?.slot)
            try FileManager.default.removeItem(atPath: "\(world.folder)/store/artifacts/\(slot)/LATEST.json")
            #expect(try await world.json(Doctor.self, "doctor").issues.map(\.kind) == ["latest_mismatch"])
            #expect(await world.run("doctor", "--fix").code == 0)
            #expect(try await world.json(Doctor.self, "doctor").issues.isEmpty)
        }
    }
}
