import ArgumentParser

/// `portolan db`.
struct DBCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the database: for operators.",
        discussion: """
            These commands talk to the database of PORTOLAN_DATABASE_URL (or PORTOLAN_DATABASE_URL_FILE, PORTOLAN_CONFIG), else to that of the \
            local stack that runs, and not to the API. They exit with 0 ok, 1 failed, 2 usage, 3 unreachable, 4 refused.
            """,
        subcommands: [
            DBMigrateCommand.self, DBLatestCommand.self, DBVersionsCommand.self, DBFilesCommand.self, DBStatsCommand.self,
            DBDeltaCommand.self,
            DBDoctorCommand.self, DBPruneCommand.self, DBBackupCommand.self, DBSchemaCommand.self, DBProfileCommand.self,
        ])
}
