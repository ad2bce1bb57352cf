import ArgumentParser
import Composition
import Domain
import Operations

/// `portolan backup`: what brings a database back.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Take base backups, archive the log, list, prove and prune what is stored.",
        discussion: """
            Backups go to PORTOLAN_BACKUP_URL (a folder, or a bucket with the S3 settings), encrypted when PORTOLAN_BACKUP_KEY is set. The \
            database is that of PORTOLAN_DATABASE_URL, whose user needs the attribute REPLICATION, else that of the local stack. `portolan up` \
            runs `backup archive` itself when PORTOLAN_BACKUP_URL is set.
            """,
        subcommands: [
            BackupTakeCommand.self, BackupArchiveCommand.self, BackupListCommand.self, BackupVerifyCommand.self, BackupPruneCommand.self,
        ], defaultSubcommand: BackupTakeCommand.self)
}

/// Options of the commands that look at what is stored.
struct BackupOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where backups lie, in place of PORTOLAN_BACKUP_URL.", valueName: "url"))
    var from: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false
}

/// `portolan backup take`.
struct BackupTakeCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "take", abstract: "Take a base backup now.",
        discussion:
            "pg_basebackup copies the cluster while others work on, with the log that the copy needs; artifacts are copied beside it.")

    @Flag(help: "Leave the object storage out.")
    var withoutArtifacts = false
    @OptionGroup var options: BackupOptions

    func run(in context: CommandContext) async throws {
        try await OperatorBackup.with(environment: context.environment, url: options.from) { backup in
            try await DatabaseSession.with(context, isJSON: options.json) { session in
                let base = try await backup.withService(of: session.database, withArtifacts: !withoutArtifacts) { try await $0.takeBase() }
                try session.show(base) {
                    TextTable.pairs([
                        ("backup", base.id), ("bytes", "\(base.storedBytes)"), ("files", "\(base.files.count)"),
                        ("artifacts", "\(base.artifacts.count)"), ("log", "\(base.start) to \(base.end), timeline \(base.timeline)"),
                        ("encrypted", base.isEncrypted ? "yes" : "no"), ("migrations", base.migrations.joined(separator: " ")),
                    ])
                }
            }
        }
    }
}

/// `portolan backup archive`.
struct BackupArchiveCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Archive the log all the time and take a base backup every hour, until stopped.",
        discussion: """
            pg_receivewal brings the log over the replication slot backup_of_portolan; every PORTOLAN_BACKUP_LOG_SECONDS what is new is in the \
            target. A base backup is taken every PORTOLAN_BACKUP_BASE_MINUTES, and when the log has a gap; behind it backups past their time \
            are removed. Run one for each database.
            """)

    func run(in context: CommandContext) async throws {
        try await BackupArchiveRole.run(environment: context.environment, stateFolders: ClientEnvironment.stateFolders(in: context))
    }
}

/// `portolan backup list`.
struct BackupListCommand: ContextCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the base backups, oldest first.")

    @OptionGroup var options: BackupOptions

    func run(in context: CommandContext) async throws {
        try await OperatorBackup.with(environment: context.environment, url: options.from) { backup in
            let inventory = try await backup.target.inventory()
            let bases = inventory.bases
            for other in inventory.unreadable { context.terminal.diagnostics("Cannot be read: \(other.backup). \(other.fault.message)\n") }
            if options.json { return context.terminal.output(try DatabaseSession.json(bases)) }
            var table = TextTable([
                .text("BACKUP"), .text("ENDED (UTC)"), .number("BYTES"), .number("ARTIFACTS"), .text("LOG FROM"), .text("ENCRYPTED"),
                .text("CLUSTER"),
            ])
            for base in bases {
                table.add([
                    base.id, Figures.text(of: base.finishedAt), "\(base.storedBytes)", "\(base.artifacts.count)",
                    "\(LogSegment(timeline: base.timeline, at: base.start))", base.isEncrypted ? "yes" : "no", base.cluster,
                ])
            }
            context.terminal.output(table.isEmpty ? "" : table.text)
            if table.isEmpty, inventory.unreadable.isEmpty { context.terminal.diagnostics("No backups.\n") }
        }
    }
}

/// `portolan backup verify`.
struct BackupVerifyCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read backups as a whole and prove them, and that the log behind the newest has no gap.",
        discussion: "Proves that what is stored is what was written. That it can be restored is what `portolan drill` proves.")

    @Argument(help: "Only this backup.")
    var backup: String?
    @OptionGroup var options: BackupOptions

    func run(in context: CommandContext) async throws {
        try await OperatorBackup.with(environment: context.environment, url: options.from) { target in
            let report = try await target.verify(backup)
            if options.json { return context.terminal.output(try DatabaseSession.json(report)) }
            context.terminal.output(
                TextTable.pairs([
                    ("backups", report.backups.joined(separator: " ")), ("files", "\(report.files)"), ("bytes", "\(report.bytes)"),
                    ("log files", "\(report.segments)"),
                ]))
        }
    }
}

/// `portolan backup prune`.
struct BackupPruneCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove backups and log that are past their time; without --apply it only tells.",
        discussion: """
            Kept are one backup for each hour of the last day, for each day of the last 30, for each week of the last year, and the newest. The \
            log is kept so that every moment of the last 7 days can be restored. What was begun a day ago and never ended goes, too.
            """)

    @Flag(help: "Remove them.")
    var apply = false
    @OptionGroup var options: BackupOptions

    func run(in context: CommandContext) async throws {
        try await OperatorBackup.with(environment: context.environment, url: options.from) { backup in
            var reports: [PruneReport] = []
            for cluster in try await backup.target.clusters() {
                reports.append(try await backup.target.prune(cluster: cluster, isDryRun: !apply))
            }
            if options.json { return context.terminal.output(try DatabaseSession.json(reports)) }
            for report in reports {
                for id in report.unreadable { context.terminal.diagnostics("Cannot be read, and stays: \(id).\n") }
                context.terminal.output(
                    TextTable.pairs([
                        ("kept", "\(report.kept.count)"), (apply ? "removed" : "would go", report.dropped.joined(separator: " ")),
                        ("never ended", report.abandoned.joined(separator: " ")), ("log files", "\(report.segments)"),
                    ]))
            }
        }
    }
}
