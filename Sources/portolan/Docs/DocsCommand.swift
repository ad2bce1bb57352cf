import ArgumentParser

/// Everything about ingested documentation.
struct DocsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "List, read and search ingested documentation.",
        subcommands: [DocsListCommand.self, DocsTreeCommand.self, DocsShowCommand.self, DocsSearchCommand.self])
}
