import FoundationEssentials
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

        func run(_ arguments: String...) async -> Invocation {
            await database.run(["artifacts"] + arguments, directory: folder, extra: ["PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8"])
        }

        func json<Value: Decodable>(_ type: Value.Type, _ arguments: String...) async throws -> Value {
            let run = await database.run(
                ["artifacts"] + arguments + ["--json"], directory: folder, extra: ["PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8"])
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
        let files = Locked(["/a.zip": "one", "/b.zip": "two"])
        return try await `Database commands`.with { database in
            try await withTemporaryDirectory { folder in
                try await LoopbackHTTPServer.withServer(handler: { request in
                    guard let text = files.withLock({ $0[request.path] }) else { return .status(404) }
                    return .bytes(Array(text.utf8), headers: [("etag", "\"\(text)\"")])
                }) { server in
                    let world = World(database: database, server: server, folder: folder, files: files)
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
}
