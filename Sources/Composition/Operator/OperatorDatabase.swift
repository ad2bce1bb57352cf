import EmbeddedServices
import Logging
import Policy
import Postgres
import Primitives
package import Storage

/// The database as an operator's commands use it: with the settings of the roles, or that of the local stack that runs.
package struct OperatorDatabase: Sendable {
    let client: PostgresClient
    let configuration: PostgresConfiguration
    let environment: [String: String]
    /// Where the files of the catalog lie.
    let storage: Settings.StorageChoice
    let gates: GateRegistry
    /// State of the local stack whose database it is; nil for the one of the settings.
    let stack: StateDirectory?

    /// Runs `body` with a connection that is made at its first use and closed afterwards.
    ///
    /// - Parameters:
    ///   - environment: of the process: `PORTOLAN_DATABASE_URL` and the other settings.
    ///   - stateFolders: where a local stack may run, nearest first; looked at when no URL is set.
    /// - Throws: ``OperatorFailure``; `CancellationError`.
    package static func with<Result>(
        environment: [String: String], stateFolders: [String], _ body: (OperatorDatabase) async throws -> Result
    ) async throws -> Result {
        do {
            let gates = GateRegistry()
            let source = SettingsSource(environment: environment)
            let settings = try Settings(source, gates: gates)
            let (url, stack) = try place(settings, stateFolders)
            var configuration = try PostgresConfiguration(url: url).gated(by: gates)
            var storage = settings.storage
            // Files and rows of a local stack lie together.
            if let stack, source.text("STORAGE_URL") == nil { storage = .folder(stack.storage) }
            // A mistake in the URL should show at once, and a long statement is what the operator waits for.
            (configuration.laneCount, configuration.maximumLeases) = (1, 4)
            let quiet = Logger(label: "operator") { _ in SwiftLogNoOpLogHandler() }
            let client = try PostgresClient(configuration: configuration, logger: quiet)
            defer { client.close() }
            return try await body(
                OperatorDatabase(
                    client: client, configuration: configuration, environment: environment, storage: storage, gates: gates, stack: stack))
        } catch {
            throw OperatorFailure.of(error)
        }
    }

    private static func place(_ settings: Settings, _ stateFolders: [String]) throws -> (String, StateDirectory?) {
        if let url = settings.databaseURL { return (url.reveal(), nil) }
        for folder in stateFolders.map({ StateDirectory($0) }) {
            if let url = PrivatePostgres.runningDatabaseURL(directory: folder.postgres) { return (url, folder) }
        }
        throw OperatorFailure(
            .unreachable, "No database is known.",
            hint: "Set PORTOLAN_DATABASE_URL, or run this where the state of a running local stack lies.")
    }

    /// Where commands that change something are told of.
    package var journal: CommandJournal { CommandJournal(client) }
    /// What statements cost.
    package var profiler: QueryProfiler { QueryProfiler(client, gates: gates) }
    /// The keys of the API.
    package var keys: PostgresAPIKeyStore { PostgresAPIKeyStore(client) }
    /// How the schema is made.
    package var inspector: SchemaInspector { SchemaInspector(client) }

    /// What the catalog holds.
    package var catalog: PostgresCatalogQueries { PostgresCatalogQueries(client, gates: gates) }

    /// What happened.
    package var events: EventArchive { EventArchive(client) }

    /// Applies what is pending, or lists it.
    package func migrate(isDryRun: Bool) async throws -> MigrateRole.Outcome {
        try await MigrateRole.apply(client, gates, isDryRun: isDryRun)
    }
}
