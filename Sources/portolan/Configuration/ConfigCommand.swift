import ArgumentParser

/// `portolan config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at the settings of the services.", subcommands: [ConfigShow.self, ConfigValidate.self])
}
