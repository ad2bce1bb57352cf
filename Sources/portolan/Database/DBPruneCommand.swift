import ArgumentParser
import Catalog
import Composition

/// `portolan db prune`.
struct DBPruneCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove versions, files and events that are past their time; without --apply only tell what would go.",
        discussion: """
            Kept are the 5 newest versions of a slot and the latest one, files without rows for 30 days, events for 90 days.
            """)

    @Option(help: ArgumentHelp("Folder of the object store (that of PORTOLAN_STORAGE_URL, else of the local stack).", valueName: "folder"))
    var root: String?

    @Flag(help: "Remove nothing; the default.")
    var dryRun = false

    @Flag(help: "Remove what is past its time.")
    var apply = false

    @Option(help: "Versions and files at most, 1 to 1000000.")
    var maxItems = 10_000

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if dryRun, apply { throw ValidationError("--dry-run and --apply exclude each other.") }
        try ArgumentCheck.range(maxItems, 1...1_000_000, "--max-items")
    }

    var change: CommandJournal.Command? { apply ? CommandJournal.Command(.db, "prune") : nil }

    func run(with session: DatabaseSession) async throws {
        let report = try await session.database.prune(root: root.map(session.absolute), apply: apply, limit: maxItems)
        try session.show(report) {
            TextTable.pairs([
                (report.isDryRun ? "would go" : "gone", ""), ("versions", "\(report.versions.count)"),
                ("files", "\(report.orphans.count) with \(report.orphanBytes) bytes"), ("events", "\(report.events)"),
            ])
        }
    }
}
