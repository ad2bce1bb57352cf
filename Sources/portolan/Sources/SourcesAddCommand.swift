import APIClient
import APIModel
import ArgumentParser

/// `portolan sources add URL`.
struct SourcesAddCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Register a source and look at it for changes from now on.",
        discussion: "Adding a source again changes its settings and timing. Without --every and --schedule it is read on request only.")

    @Argument(help: "Where the source is: an http or https address.")
    var webURL: String

    @Option(help: ArgumentHelp("Kind of the source (default website).", valueName: "kind"))
    var kind: String?

    @Option(name: .customLong("option"), help: ArgumentHelp("An option of the kind; may be repeated.", valueName: "name=value"))
    var options: [String] = []

    @Option(help: "Links to follow from the root, 0 to 10 (default 3).")
    var depth: Int?

    @Option(help: ArgumentHelp("Take only pages that match this glob; may be repeated.", valueName: "glob"))
    var include: [String] = []

    @Option(help: ArgumentHelp("Leave out pages that match this glob; may be repeated.", valueName: "glob"))
    var exclude: [String] = []

    @Option(help: ArgumentHelp("Name of the library.", valueName: "name"))
    var library: String?

    @Option(help: "Version of the library.")
    var version: String?

    @Option(help: ArgumentHelp("Seconds between looks, 10 to 2592000.", valueName: "seconds"))
    var every: Int?

    @Option(help: ArgumentHelp("Cron expression of the looks, in UTC.", valueName: "cron"))
    var schedule: String?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.range(depth, Limits.crawlDepth, "--depth")
        try ArgumentCheck.patterns(include, count: Limits.patternCount, bytes: Limits.patternBytes, "--include")
        try ArgumentCheck.patterns(exclude, count: Limits.patternCount, bytes: Limits.patternBytes, "--exclude")
        try ArgumentCheck.length(library, Limits.nameLength, "--library")
        try ArgumentCheck.length(version, Limits.versionLength, "--version")
        _ = try ArgumentCheck.named(options)
    }

    func run(with session: ClientSession) async throws {
        let source = try await session.api.createSource(
            CreateSourceRequest(
                webURL: webURL, kind: kind, options: options.isEmpty ? nil : try ArgumentCheck.named(options), crawlDepth: depth,
                includePatterns: include.isEmpty ? nil : include, excludePatterns: exclude.isEmpty ? nil : exclude, library: library,
                version: version, pollIntervalSeconds: every, schedule: schedule))
        try session.show(source) { SourceReport.facts(source) }
    }
}
