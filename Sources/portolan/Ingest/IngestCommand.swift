import ArgumentParser

/// Everything about ingestion jobs.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Start, watch and stop the ingestion of documentation.",
        subcommands: [
            IngestRunCommand.self, IngestListCommand.self, IngestStatusCommand.self, IngestStopCommand.self, IngestTailCommand.self,
            IngestReportCommand.self,
        ])
}
