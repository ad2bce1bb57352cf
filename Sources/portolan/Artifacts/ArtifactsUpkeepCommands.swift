import ArgumentParser
import Catalog
import Composition
import Domain

/// `portolan artifacts doctor`.
struct ArtifactsDoctorCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find where files, rows and pointers of the catalog differ, and repair it with --fix.",
        discussion: "Fails when errors are left: rows whose files are missing. It may run while jobs run.")

    @Flag(help: "Repair what is found.")
    var fix = false

    @Flag(help: "Repair although the storage is empty: all of its files are gone for good.")
    var allLost = false

    @OptionGroup var options: DatabaseOptions

    var change: CommandJournal.Command? { fix ? CommandJournal.Command(.artifacts, "doctor") : nil }

    func run(with session: DatabaseSession) async throws {
        let report = try await session.database.withArtifacts {
            try await $0.doctor.examine(fix: fix, allLost: allLost, by: "portolan artifacts doctor")
        }
        try session.show(report) {
            var table = TextTable([.text("ISSUE"), .text("LEVEL"), .text("STATE"), .text("KEY"), .text("DETAIL")])
            for issue in report.issues {
                table.add([
                    issue.kind.rawValue, issue.kind.isError ? "error" : "warning", issue.isFixed ? "fixed" : "found", issue.key,
                    issue.detail,
                ])
            }
            return table.isEmpty ? "" : table.text
        }
        session.note("\(report.objects) files and \(report.rows) rows looked at, \(report.issues.count) issues")
        let errors = report.issues.count { $0.kind.isError && !$0.isFixed }
        guard errors == 0 else { throw CommandFailure(.failed, "\(errors) rows have no file.", hint: "--fix repairs them.") }
    }
}

/// `portolan artifacts prune`.
struct ArtifactsPruneCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove old versions, files without rows and old events; only told without --apply.")

    @Option(help: ArgumentHelp("Versions of each slot that stay.", valueName: "n"))
    var keep = 5

    @Option(help: ArgumentHelp("Only versions older than so many days go.", valueName: "days"))
    var olderThan = 0

    @Flag(help: "Remove it.")
    var apply = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        try ArgumentCheck.range(keep, 1...1000, "--keep")
        try ArgumentCheck.range(olderThan, 0...36_500, "--older-than")
    }

    var change: CommandJournal.Command? { apply ? CommandJournal.Command(.artifacts, "prune") : nil }

    func run(with session: DatabaseSession) async throws {
        var rules = PruneRules()
        (rules.keep, rules.minimumAge) = (keep, .seconds(olderThan * 86_400))
        let chosen = rules
        let report = try await session.database.withArtifacts { try await $0.pruner.prune(chosen, apply: apply) }
        try session.show(report) {
            TextTable.pairs([
                ("versions", "\(report.versions.count)"), ("orphans", "\(report.orphans.count)"), ("orphan bytes", "\(report.orphanBytes)"),
                ("events", "\(report.events)"),
            ])
        }
        if report.isDryRun { session.note("Nothing was removed: --apply removes it.") }
    }
}
