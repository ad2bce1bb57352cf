import ArgumentParser

/// Everything about what happened.
struct ObsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "obs", abstract: "See what happened: the events of the stage boundaries.", subcommands: [ObsTailCommand.self])
}
