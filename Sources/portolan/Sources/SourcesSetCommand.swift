import APIClient
import APIModel
import ArgumentParser

/// `portolan sources set ID`.
struct SourcesSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Pause or resume a source, or change when it is looked at.")

    @Argument(help: "Identifier of the source.")
    var source: String

    @Flag(inversion: .prefixedNo, help: "Let looks rest; webhooks are remembered.")
    var pause: Bool?

    @Option(help: ArgumentHelp("Seconds between looks, 10 to 2592000, or 0 for none.", valueName: "seconds"))
    var every: Int?

    @Option(help: ArgumentHelp("Cron expression of the looks, in UTC.", valueName: "cron"))
    var schedule: String?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.identifier(source, "<source>")
        guard pause != nil || every != nil || schedule != nil else {
            throw ValidationError("Say what to change: --pause, --no-pause, --every or --schedule.")
        }
    }

    func run(with session: ClientSession) async throws {
        let detail = try await session.api.updateSource(
            source, UpdateSourceRequest(isPaused: pause, pollIntervalSeconds: every, schedule: schedule))
        try session.show(detail) { SourceReport.facts(detail) }
    }
}

/// `portolan sources sync ID`.
struct SourcesSyncCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Look at a source now, also when nothing seems to have changed.")

    @Argument(help: "Identifier of the source.")
    var source: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws { try ArgumentCheck.identifier(source, "<source>") }

    func run(with session: ClientSession) async throws {
        let detail = try await session.api.syncSource(source)
        try session.show(detail) { SourceReport.facts(detail) }
    }
}
