import ArgumentParser
import Composition
import Storage

/// `portolan db migrate`.
struct DBMigrateCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the schema up to date, forward only, as `portolan migrate` does.")

    @Flag(help: "List what is pending and change nothing.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Show the whole history with checksums.")
    var verbose = false

    @OptionGroup var options: DatabaseOptions

    /// What a run did, as JSON.
    struct Report: Encodable {
        let isDryRun: Bool
        /// Names of what was applied, or would be.
        let migrations: [String]
        /// Why the roles of the database are not set up; nil when they are.
        let rolesProblem: String?
        /// All that has been applied.
        let history: [AppliedMigration]?
    }

    var change: CommandJournal.Command? { !dryRun ? CommandJournal.Command(.db, "migrate") : nil }

    func run(with session: DatabaseSession) async throws {
        let outcome = try await session.database.migrate(isDryRun: dryRun)
        let history = verbose ? try await session.database.inspector.migrations() : nil
        let report = Report(
            isDryRun: dryRun, migrations: outcome.migrations, rolesProblem: outcome.rolesProblem, history: history)
        try session.show(report) {
            var table = TextTable([.text("MIGRATION"), .text("STATE"), .text("APPLIED (UTC)"), .text("CHECKSUM")])
            let fresh = Set(outcome.migrations)
            for migration in history ?? [] {
                let state = fresh.contains(migration.name) ? "applied now" : "applied"
                table.add([migration.name, state, Figures.text(of: migration.appliedAt), String(migration.checksum.prefix(16))])
            }
            let known = Set((history ?? []).map(\.name))
            for name in outcome.migrations where !known.contains(name) { table.add([name, dryRun ? "pending" : "applied now", "", ""]) }
            return table.isEmpty ? "" : table.text
        }
        if outcome.migrations.isEmpty { session.note("The schema is up to date.") }
        if let problem = outcome.rolesProblem { session.note(problem) }
    }
}
