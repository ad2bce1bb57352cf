import ArgumentParser

/// Everything about what happened.
struct ObsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "obs",
        abstract:
            "See how the service is and what happened: health, and events of stage boundaries, gates, transfers, limits and extractions.",
        subcommands: [ObsHealthCommand.self, ObsTailCommand.self, ObsStatsCommand.self, ObsExportCommand.self])
}
