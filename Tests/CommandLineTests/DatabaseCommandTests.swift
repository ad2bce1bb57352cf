import ArgumentParser
import EmbeddedServices
import FoundationEssentials
import Logging
import Postgres
import Storage
import TestSupport
import Testing

@testable import portolan

/// `portolan db` on a real database.
@Suite struct `Database commands` {
    /// A database and the command line on it.
    struct Database {
        let url: String
        let client: PostgresClient
        /// Settings beyond the address.
        var settings: [String: String] = [:]

        func run(_ arguments: String..., directory: String = "/nowhere") async -> Invocation {
            await run(arguments, directory: directory)
        }

        func run(_ arguments: [String], directory: String, extra: [String: String] = [:]) async -> Invocation {
            await Invocation.run(arguments, environment: environment.merging(extra) { $1 }, directory: directory)
        }

        /// What the command prints with `--json`.
        func json<Value: Decodable>(_ type: Value.Type = Value.self, _ arguments: String...) async throws -> Value {
            let run = await Invocation.run(arguments + ["--json"], environment: environment)
            #expect(run.code == 0 && run.diagnostics.isEmpty, "\(arguments): \(run.diagnostics)")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(type, from: Data(run.output.utf8))
        }

        var environment: [String: String] {
            var environment = ["PORTOLAN_DATABASE_URL": url]
            for name in ["PORTOLAN_POSTGRES_DIR", "PORTOLAN_TOOLS_DIR", "HOME", "PATH"] {
                environment[name] = ProcessInfo.processInfo.environment[name]
            }
            return environment.merging(settings) { $1 }
        }
    }

    static func with<Result>(isMigrated: Bool = true, _ body: (Database) async throws -> Result) async throws -> Result {
        try await TestDatabase.withDatabase { url in
            var configuration = try PostgresConfiguration(url: url)
            (configuration.laneCount, configuration.maximumLeases) = (1, 2)
            configuration.defaultTimeout = .seconds(60)
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            if isMigrated { try await MigrationRunner(client: client, migrations: Schema.migrations).run() }
            return try await body(Database(url: url, client: client))
        }
    }

    // MARK: Migrations

    private struct Migrated: Decodable {
        struct Applied: Decodable { let name: String }
        let isDryRun: Bool
        let migrations: [String]
        let history: [Applied]?
    }

    @Test func `A dry run of the migrations changes nothing, a run applies them once`() async throws {
        try await Self.with(isMigrated: false) { database in
            let names = Schema.migrations.map(\.name)
            let planned = try await database.json(Migrated.self, "db", "migrate", "--dry-run", "-v")
            #expect(planned.isDryRun && planned.migrations == names && planned.history?.isEmpty == true)
            let text = await database.run("db", "migrate", "--dry-run")
            #expect(text.code == 0 && text.output.contains("pending") && text.output.contains(names[0]))
            #expect(try await database.client.query("select to_regclass('portolan.job') is null").single().decode(0, as: Bool.self))

            let applied = try await database.json(Migrated.self, "db", "migrate", "--verbose")
            #expect(applied.migrations == names && applied.history?.map(\.name) == names)
            let again = await database.run("db", "migrate")
            #expect(again.code == 0 && again.output.isEmpty && again.diagnostics == "The schema is up to date.\n")
        }
    }

    // MARK: Schema and profile

    private struct Named: Decodable { let name: String }
    private struct Whole: Decodable { let tables: [Named] }
    private struct Table: Decodable {
        let columns: [Named]
        let indexes: [Named]
    }

    @Test func `The schema is shown as tables and as JSON`() async throws {
        try await Self.with { database in
            #expect(await database.run("db", "schema").output.contains("documentation"))
            #expect(try await database.json(Whole.self, "db", "schema").tables.contains { $0.name == "job" })
            let event = try await database.json(Table.self, "db", "schema", "event")
            #expect(event.columns.contains { $0.name == "payload" } && event.indexes.contains { $0.name == "event_at" })
            #expect(await database.run("db", "schema", "event").output.contains("COLUMN"))
            #expect(await database.run("db", "schema", "event", "--indexes").output.contains("event_at"))
            #expect(await database.run("db", "schema", "--statistics").output.contains("LIVE ROWS"))
            let missing = await database.run("db", "schema", "nothing")
            #expect(missing.code == 1 && missing.diagnostics.contains("E_NOT_FOUND"))
        }
    }

    private struct Profiled: Decodable {
        struct Profile: Decodable {
            let cost: Double
            let executionMilliseconds: Double?
        }
        struct Suggestion: Decodable {
            let kind: String
            let step: String?
        }
        let profile: Profile
        let suggestions: [Suggestion]
    }

    @Test func `A bad query gets its suggestion`() async throws {
        try await Self.with { database in
            _ = try await database.client.query(
                """
                insert into portolan.event (type, level, payload)
                  select 'boundary.download.begin', 'INFO', jsonb_build_object('n', repeat('x', 300)) from generate_series(1, 30000)
                """)
            _ = try await database.client.withConnection { try await $0.query("analyze portolan.event") }
            let query = "select id from portolan.event where payload->>'n' = 'y'"
            let run = try await database.json(Profiled.self, "db", "profile", query)
            #expect(run.profile.executionMilliseconds != nil)
            #expect(run.suggestions.contains { $0.kind == "expensive_step" && $0.step == "Seq Scan on event" })
            let plan = try await database.json(Profiled.self, "db", "profile", query, "--plan-only")
            #expect(plan.profile.cost > 1000 && plan.profile.executionMilliseconds == nil)
            let table = await database.run("db", "profile", query)
            #expect(table.output.contains("Seq Scan on event") && table.output.contains("high_cost"))
            let quiet = await database.run("db", "profile", "select 1")
            #expect(quiet.code == 0 && quiet.diagnostics == "Nothing stands out.\n")
        }
    }

    @Test func `A query that writes is refused, and one that cannot be read fails with the server's words`() async throws {
        try await Self.with { database in
            let refused = await database.run("db", "profile", "delete from portolan.event")
            #expect(refused.code == 4 && refused.diagnostics.contains("E_QUERY_STATEMENT"))
            let unread = await database.run("db", "profile", "select nothing from portolan.event")
            #expect(unread.code == 1 && unread.diagnostics.contains("nothing"))
        }
    }

    @Test(
        arguments: [
            ["db", "latest"], ["db", "latest", "set"], ["db", "prune", "--apply", "--dry-run"], ["db", "prune", "--max-items", "0"],
            ["db", "doctor", "--artifacts-root", "/x"],
            ["db", "doctor", "--artifacts-root", "/x/artifacts", "--extracted-root", "/y/extracted"],
            ["db", "versions", "--limit", "0"], ["db", "versions", "--artifact", "xyz"], ["db", "files"], ["db", "files", "--version", ""],
            ["db", "stats", "--validations"], ["db", "stats", "--version", "a", "--passed-only"], ["db", "delta", "a"],
            ["db", "profile", ""],
            ["db", "schema", "--indexes", "--statistics"], ["db", "backup"], ["db"],
        ]) func `Wrong arguments are usage errors and reach no database`(_ arguments: [String]) async
    {
        let run = await Invocation.run(arguments, environment: ["PORTOLAN_DATABASE_URL": "postgresql://127.0.0.1:1/none"])
        #expect(run.code == 2 && !run.diagnostics.isEmpty)
    }

    // MARK: Backup

    private struct Manifest: Codable {
        let file: String
        let bytes: Int
        let sha256: String
        let migrations: [String]
        let tables: Int
    }

    @Test func `A backup can be restored, and its manifest describes it`() async throws {
        try await withTemporaryDirectory { folder in
            try await Self.with { database in
                _ = try await database.client.query(
                    "insert into portolan.event (type, level) select 'boundary.latest.begin', 'INFO' from generate_series(1, 7)")
                let file = "\(folder)/portolan.dump"
                let manifest = try await database.json(Manifest.self, "db", "backup", file)
                let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
                #expect(manifest.bytes == bytes.count && manifest.file == "portolan.dump" && manifest.tables > 10)
                #expect(manifest.migrations == Schema.migrations.map(\.name))
                let digest = try await ChildProcess.run("/usr/bin/sha256sum", arguments: [file])
                #expect(digest.hasPrefix(manifest.sha256 + " "))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["portolan.dump", "portolan.dump.json"])
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)

                try await TestDatabase.withDatabase { other in
                    let restore = try #require(Executables.postgresProgram("pg_restore"))
                    try await ChildProcess.run(
                        restore, arguments: ["--no-owner", "--no-acl", "--exit-on-error", "--dbname=\(other)", file])
                    let client = try PostgresClient(configuration: PostgresConfiguration(url: other), logger: Logger(label: "test"))
                    defer { client.close() }
                    // The eighth is that of the command, which had begun.
                    let types = try await client.query("select type from portolan.event order by id").decodeColumn(as: String.self)
                    #expect(types == Array(repeating: "boundary.latest.begin", count: 7) + ["cli.db.begin"])
                }
                let told = try await database.client.query("select type from portolan.event where type like 'cli.%' order by id")
                #expect(try told.decodeColumn(as: String.self) == ["cli.db.begin", "cli.db.success"])
                let second = await database.run("db", "backup", "portolan.dump", directory: folder)
                #expect(second.code == 2 && second.diagnostics.contains("is there already"))
            }
        }
    }

    @Test func `A backup that fails leaves nothing behind`() async throws {
        try await withTemporaryDirectory { folder in
            let run = await Invocation.run(
                ["db", "backup", "\(folder)/a.dump"], environment: ["PORTOLAN_DATABASE_URL": "postgresql://portolan@/none?host=\(folder)"])
            #expect(run.code == 3)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            try await Self.with { database in
                let absent = await database.run("db", "backup", "\(folder)/nothing/a.dump")
                #expect(absent.code == 1 && absent.output.isEmpty)
            }
        }
    }

    // MARK: Documents

    @Test(arguments: ["db", "obs"]) func `The operations guide and the help name the same commands`(_ group: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/operations.md")
        let guide = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let described = Set(
            guide.split(separator: "\n").compactMap { line -> String? in
                guard line.hasPrefix("| `\(group) ") else { return nil }
                return line.dropFirst(group.count + 4).prefix { $0.isLetter }.description
            })
        let configuration = group == "db" ? DBCommand.configuration : ObsCommand.configuration
        #expect(described == Set(configuration.subcommands.map { $0.configuration.commandName ?? "" }))
    }

    // MARK: Finding the database

    @Test func `Without a database the command says what to set`() async {
        let none = await Invocation.run(["db", "schema"])
        #expect(none.code == 3 && none.diagnostics.contains("PORTOLAN_DATABASE_URL"))
        let wrong = await Invocation.run(["db", "schema"], environment: ["PORTOLAN_DATABASE_URL": "http://a", "PORTOLAN_TYPO": "1"])
        #expect(wrong.code == 2 && wrong.diagnostics.contains("PORTOLAN_TYPO"))
    }

    @Test func `The database of the local stack that runs is found`() async throws {
        try await withTemporaryDirectory { folder in
            let server = try await PrivatePostgres.start(directory: "\(folder)/.portolan/postgres", settings: TestDatabase.settings())
            let migrated = await Invocation.run(["db", "migrate"], directory: folder)
            let running = await Invocation.run(["db", "schema"], directory: folder)
            await server.stop(.immediate)
            let stopped = await Invocation.run(["db", "schema"], directory: folder)
            #expect(migrated.code == 0 && running.code == 0 && running.output.contains("documentation"), "\(migrated.diagnostics)")
            #expect(stopped.code == 3)
        }
    }
}
