package import Primitives

/// Brings a database's schema up to date, each migration in a transaction of its own, and keeps the history in `portolan.schema_migration`.
///
/// Any number of runners may start at once: an advisory lock lets one work at a time, and each migration runs once. Names in the history that this
/// program does not know belong to a newer one and are left alone.
package struct MigrationRunner: Sendable {
    private let client: PostgresClient
    private let migrations: [Migration]

    /// The advisory lock of all runners, and of what else changes the schema: the ASCII bytes of `PORTOLAN`.
    package static let lock: Int64 = 0x504F_5254_4F4C_414E

    /// - Parameters:
    ///   - client: on the database to migrate; its user must be allowed to create the schema.
    ///   - migrations: the whole history in order; names are unique.
    package init(client: PostgresClient, migrations: [Migration]) {
        precondition(Set(migrations.map(\.name)).count == migrations.count, "Two migrations have the same name.")
        (self.client, self.migrations) = (client, migrations)
    }

    /// Applies what is missing and returns its names in order; empty when all is up to date.
    ///
    /// - Parameter deadline: for the wait on other runners and every statement; nil: ten minutes.
    /// - Throws: `migration` with the name and the server's message when one fails (it leaves nothing, those before it stay) or when the history
    ///   differs from this program's; other `PostgresError` when the server is away.
    @discardableResult
    package func run(deadline: Deadline? = nil) async throws -> [String] {
        let deadline = deadline ?? .after(.seconds(600))
        var applied: [String] = []
        for (index, migration) in migrations.enumerated() {
            if try await apply(migration, isFirst: index == 0, deadline: deadline) { applied.append(migration.name) }
        }
        return applied
    }

    /// The names of the migrations that `run` would apply, in order. Changes nothing. Throws as `run` does when the history differs.
    package func pending(deadline: Deadline? = nil) async throws -> [String] {
        let deadline = deadline ?? .after(.seconds(60))
        return try await client.withTransaction(isReadOnly: true, deadline: deadline) { connection in
            let history = try await history(connection)
            try check(history)
            return migrations.map(\.name).filter { history[$0] == nil }
        }
    }

    private func apply(_ migration: Migration, isFirst: Bool, deadline: Deadline) async throws -> Bool {
        try await client.withTransaction(deadline: deadline) { try await apply(migration, isFirst: isFirst, $0) }
    }

    // Inlined into its caller it crashes the optimizer of Swift 6.3 (splitting a coroutine).
    @inline(never)
    private func apply(_ migration: Migration, isFirst: Bool, _ connection: PostgresConnection) async throws -> Bool {
        // Held to the end of the transaction, also when this process dies.
        _ = try await connection.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
        if isFirst { try await prepare(connection) }
        let history = try await history(connection)
        try check(history)
        guard history[migration.name] == nil else { return false }
        do throws(PostgresError) {
            try await connection.execute(script: SQL(script: migration.sql))
            // A migration that ends the transaction itself would leave half of its work behind on a failure.
            guard connection.isInTransaction else {
                throw PostgresError(.migration, "It ends the transaction that it runs in.")
            }
            _ = try await connection.query(
                "INSERT INTO portolan.schema_migration (name, checksum) VALUES (\(migration.name), \(migration.checksum))")
        } catch {
            throw PostgresError(
                .migration, "Migration \(migration.name) failed: \(error.message)", sqlState: error.sqlState,
                constraint: error.constraint, detail: error.detail, underlying: error)
        }
        return true
    }

    private func prepare(_ connection: PostgresConnection) async throws(PostgresError) {
        try await connection.execute(
            script: """
                CREATE SCHEMA IF NOT EXISTS portolan;
                CREATE TABLE IF NOT EXISTS portolan.schema_migration (
                    name text PRIMARY KEY,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """)
    }

    /// Checksums of what has been applied, by name.
    private func history(_ connection: PostgresConnection) async throws(PostgresError) -> [String: String] {
        let exists = try await connection.query("SELECT to_regclass('portolan.schema_migration') IS NOT NULL").single()
        guard try exists.decode(0, as: Bool.self) else { return [:] }
        let rows = try await connection.query("SELECT name, checksum FROM portolan.schema_migration")
        var history: [String: String] = [:]
        for (name, checksum) in try rows.decode(as: (String.self, String.self)) { history[name] = checksum }
        return history
    }

    private func check(_ history: [String: String]) throws(PostgresError) {
        for migration in migrations {
            guard let applied = history[migration.name], applied != migration.checksum else { continue }
            throw PostgresError(.migration, "Migration \(migration.name) was changed after it had been applied.")
        }
    }
}
