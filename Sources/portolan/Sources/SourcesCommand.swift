import ArgumentParser

/// Everything about the sources that are kept up to date.
struct SourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources", abstract: "Register sources, and see and steer how they are kept up to date.",
        subcommands: [
            SourcesAddCommand.self, SourcesListCommand.self, SourcesShowCommand.self, SourcesSetCommand.self, SourcesSyncCommand.self,
        ])
}
