import ArgumentParser

/// Everything about what happened.
struct ObsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "obs", abstract: "See what happened: events of stage boundaries, gates, transfers, limits and extractions.",
        subcommands: [ObsTailCommand.self, ObsStatsCommand.self, ObsExportCommand.self])
}
