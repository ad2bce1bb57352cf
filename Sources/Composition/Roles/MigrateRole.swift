import Domain
import Policy
import Postgres
import Primitives
import Redis
import Storage

/// `portolan migrate`: brings the schema and the database's roles up to date, once, however many run.
package enum MigrateRole {
    /// What a run did.
    package struct Outcome: Sendable {
        /// Names of the migrations, in order.
        package let migrations: [String]
        /// Why the roles are not set up and what an administrator should run, in one line; nil when they are, or were not looked at.
        package let rolesProblem: String?
    }

    /// Applies what is pending, or lists it.
    package static func run(settings: Settings, isDryRun: Bool) async throws -> Outcome {
        let gates = GateRegistry()
        let backends = try Backends(settings: settings, role: "migrate", gates: gates)
        let deadline = Deadline.after(settings.startTimeout)
        do {
            try await backends.postgres.waitUntilReady(deadline: deadline)
        } catch {
            throw StartFailure(
                "The database does not answer within \(settings.startTimeout): \(error.description) Check PORTOLAN_DATABASE_URL.")
        }
        let outcome: Outcome
        do {
            outcome = try await apply(backends.postgres, gates, isDryRun: isDryRun)
        } catch let error as PostgresError where error.code == .migration {
            // For operators, who have to know which migration and why.
            throw StartFailure(error.message + (error.detail.map { " (\($0))" } ?? ""))
        }
        backends.postgres.close()
        await backends.redis.shutDown()
        return outcome
    }

    /// The same on a database that answers.
    static func apply(_ client: PostgresClient, _ gates: GateRegistry, isDryRun: Bool) async throws -> Outcome {
        let runner = MigrationRunner(client: client, migrations: Schema.migrations)
        if !isDryRun { _ = try gates.evaluate(DatabaseGate(), .init("migrate", .none)).get() }
        let names = try await isDryRun ? runner.pending() : runner.run()
        if !isDryRun {
            let catalog = PostgresCatalogStore(client)
            for name in names { try await catalog.note(EventType.migrated.rawValue, .info, ["migration": name]) }
        }
        var problem: String?
        if !isDryRun, case .notAllowed(let line) = try await DatabaseRoles.arrange(client: client) { problem = line }
        return Outcome(migrations: names, rolesProblem: problem)
    }
}
