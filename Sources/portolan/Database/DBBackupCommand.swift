import ArgumentParser
import Composition

/// `portolan db backup`.
struct DBBackupCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write the whole database into a file, with a manifest beside it.",
        discussion: """
            pg_dump of PORTOLAN_POSTGRES_DIR (or of deploy/setup) reads one snapshot while others work on. FILE and FILE.json, which has size, \
            SHA-256, versions and migrations, appear whole or not at all, with mode 600. pg_restore puts the file back into an empty database.
            """)

    @Argument(help: "File to write; nothing may lie there.")
    var file: String

    @OptionGroup var options: DatabaseOptions

    func validate() throws { try ArgumentCheck.identifier(file, "<file>") }

    var change: CommandJournal.Command? { CommandJournal.Command(.db, "backup") }

    func run(with session: DatabaseSession) async throws {
        let manifest = try await session.database.backUp(to: session.absolute(file))
        try session.show(manifest) {
            TextTable.pairs([
                ("file", file), ("bytes", "\(manifest.bytes)"), ("sha256", manifest.sha256), ("database", manifest.database),
                ("server", manifest.serverVersion), ("tables", "\(manifest.tables)"),
                ("migrations", manifest.migrations.joined(separator: " ")),
            ])
        }
    }
}
