import Postgres
import Primitives
import Redis
import Storage

/// `portolan migrate`: brings the schema up to date, once, however many run.
package enum MigrateRole {
    /// Applies what is pending, or lists it.
    /// - Returns: names of the migrations, in order.
    package static func run(settings: Settings, isDryRun: Bool) async throws -> [String] {
        let backends = try Backends(settings: settings, role: "migrate")
        let deadline = Deadline.after(settings.startTimeout)
        do {
            try await backends.postgres.waitUntilReady(deadline: deadline)
        } catch {
            throw StartFailure(
                "The database does not answer within \(settings.startTimeout): \(error.description) Check PORTOLAN_DATABASE_URL.")
        }
        let runner = MigrationRunner(client: backends.postgres, migrations: Schema.migrations)
        let names = try await isDryRun ? runner.pending() : runner.run()
        backends.postgres.close()
        await backends.redis.shutDown()
        return names
    }
}
