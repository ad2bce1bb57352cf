import Postgres
import TestSupport
import Testing

@Suite struct `Migrations` {
    private static let first = Migration(name: "m0001_init", sql: "CREATE TABLE a (x int); CREATE TABLE b (x int)")
    private static let second = Migration(name: "m0002_more", sql: "ALTER TABLE a ADD COLUMN y int")

    @Test func `An empty database gets the whole history, and an old one the rest`() async throws {
        try await withClient { client in
            let old = MigrationRunner(client: client, migrations: [Self.first])
            let new = MigrationRunner(client: client, migrations: [Self.first, Self.second])
            let pending = try await old.pending()
            #expect(pending == ["m0001_init"])
            #expect(try await client.query("SELECT to_regclass('a') IS NULL").single().decode(0, as: Bool.self))
            #expect(try await old.run() == ["m0001_init"])
            #expect(try await new.pending() == ["m0002_more"])
            #expect(try await new.run() == ["m0002_more"])
            #expect(try await new.run() == [])
            #expect(try await new.pending() == [])
            // The old program on the new schema.
            #expect(try await old.run() == [])
            #expect(try await old.pending() == [])
        }
    }

    @Test func `A broken migration names itself and leaves nothing`() async throws {
        try await withClient { client in
            let broken = Migration(name: "m0002_broken", sql: "CREATE TABLE c (x int); SELECT nonsense")
            let runner = MigrationRunner(client: client, migrations: [Self.first, broken, Self.second])
            let error = await #expect(throws: PostgresError.self) { try await runner.run() }
            #expect(error?.code == .migration)
            #expect(error?.message.contains("m0002_broken") == true)
            #expect(error?.message.contains("nonsense") == true)
            let row = try await client.query("SELECT to_regclass('a') IS NULL, to_regclass('c') IS NULL").single()
            #expect(try row.decode(as: (Bool.self, Bool.self)) == (false, true))
            #expect(try await runner.pending() == ["m0002_broken", "m0002_more"])
        }
    }

    @Test func `A migration that ends its transaction is refused`() async throws {
        try await withClient { client in
            let runner = MigrationRunner(client: client, migrations: [Migration(name: "m1", sql: "COMMIT")])
            let error = await #expect(throws: PostgresError.self) { try await runner.run() }
            #expect(error?.code == .migration)
        }
    }

    @Test func `Changed history is refused by name`() async throws {
        try await withClient { client in
            try await MigrationRunner(client: client, migrations: [Self.first]).run()
            let changed = MigrationRunner(
                client: client, migrations: [Migration(name: "m0001_init", sql: "CREATE TABLE z (x int)"), Self.second])
            let error = await #expect(throws: PostgresError.self) { try await changed.run() }
            #expect(error?.message.contains("m0001_init") == true)
            #expect(error?.isRetryable == false)
            await #expect(throws: PostgresError.self) { try await changed.pending() }
        }
    }

    @Test func `Runners that start at once apply each migration once`() async throws {
        try await withClient { client in
            let migrations = [Self.first, Self.second, Migration(name: "m0003_row", sql: "INSERT INTO a VALUES (1, 2)")]
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 { group.addTask { try await MigrationRunner(client: client, migrations: migrations).run() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == migrations.map(\.name))
            #expect(try await client.query("SELECT * FROM a").count == 1)
        }
    }
}
