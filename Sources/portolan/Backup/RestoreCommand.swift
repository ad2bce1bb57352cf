import ArgumentParser
import Composition

/// `portolan restore`.
struct RestoreCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a backup back into an empty folder or an empty database.",
        discussion: """
            Every file is checked before anything is made of it: a backup that was changed is refused, with the name of the file. The log is \
            replayed up to --to-time, or to its end. A folder is then the state of a stack: `portolan up --state FOLDER` starts it. Into a \
            database (postgresql://…) the schema is copied with pg_dump and pg_restore. Nothing is ever restored over something.
            """)

    @Option(help: ArgumentHelp("A folder that is missing or empty, or the URL of an empty database.", valueName: "folder|url"))
    var target: String
    @Option(help: ArgumentHelp("The state of then: 2026-01-31T12:00:00Z, or 5m ago as 5m.", valueName: "time"))
    var toTime: TimeSpan?
    @Option(help: ArgumentHelp("Begin with this base backup.", valueName: "id"))
    var backup: String?
    @Flag(help: "Leave the object storage out.")
    var withoutArtifacts = false
    @Flag(help: "Where files of the log are missing, restore as far as it goes.")
    var allowGap = false
    @OptionGroup var options: BackupOptions

    func validate() throws { try ArgumentCheck.identifier(target, "--target") }

    func run(in context: CommandContext) async throws {
        let place = target.contains("://") || target.hasPrefix("/") ? target : "\(context.workingDirectory)/\(target)"
        let request = Restoration.Request(
            target: place, moment: toTime?.date, backup: backup, withArtifacts: !withoutArtifacts, allowsGap: allowGap)
        try await OperatorBackup.with(environment: context.environment, url: options.from) { backup in
            let isJSON = options.json
            let report = try await Restoration(backup) { step in
                if !isJSON { context.terminal.diagnostics(step + "\n") }
            }.run(request)
            if isJSON { return context.terminal.output(try DatabaseSession.json(report)) }
            let rows = report.rows.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            context.terminal.output(
                TextTable.pairs(
                    [
                        ("backup", report.backup), ("restored to", report.restoredTo.isEmpty ? "the end of the backup" : report.restoredTo),
                        ("rows", rows.joined(separator: ", ")), ("artifacts", "\(report.artifacts)"),
                        (
                            "doctor",
                            report.issues.isEmpty
                                ? "no issues" : report.issues.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
                        ),
                        ("seconds", "\(report.seconds)"),
                    ] + report.notes.map { ("note", $0) }))
        }
    }
}
