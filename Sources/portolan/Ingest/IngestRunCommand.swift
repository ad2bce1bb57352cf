import APIClient
import APIModel
import ArgumentParser

/// `portolan ingest run URL`.
struct IngestRunCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Ingest a documentation site, or another source.",
        discussion: """
            Without --library and --version the library is the host's name and the version is 'latest'. Ingesting again updates in place.
            With --wait, Ctrl-C detaches (exit code 130) and the job goes on; a job that fails or is stopped ends the command with 1.
            """)

    @Argument(help: "Where the crawl begins: an http or https address.")
    var webURL: String

    @Option(help: "Links to follow from the start page, 0 to 10 (default 3).")
    var depth: Int?

    @Option(help: ArgumentHelp("Take only pages that match this glob; may be repeated.", valueName: "glob"))
    var include: [String] = []

    @Option(help: ArgumentHelp("Leave out pages that match this glob; may be repeated.", valueName: "glob"))
    var exclude: [String] = []

    @Option(help: ArgumentHelp("Name of the library.", valueName: "name"))
    var library: String?

    @Option(help: "Version of the library.")
    var version: String?

    @Option(help: ArgumentHelp("Kind of the source (default website).", valueName: "kind"))
    var kind: String?

    @Option(name: .customLong("option"), help: ArgumentHelp("An option of the kind; may be repeated.", valueName: "name=value"))
    var options: [String] = []

    @Option(
        help: "high goes before scheduled runs, which keep a share of the slots; normal is for bulk work (default high).",
        transform: Self.priority)
    var priority: RunPriority?

    @Flag(help: "Let the job delete more than a fifth of the pages at once.")
    var allowMassDelete = false

    @Flag(help: "Follow the job until it ends.")
    var wait = false

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        let scheme = webURL.prefix(8).lowercased()
        guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else {
            throw ValidationError("'\(webURL)' is no http or https address.")
        }
        guard Limits.webURLBytes.contains(webURL.utf8.count) else {
            throw ValidationError(
                "<web-url> has \(webURL.utf8.count) bytes; it must have \(Limits.webURLBytes.lowerBound) to \(Limits.webURLBytes.upperBound)."
            )
        }
        try ArgumentCheck.range(depth, Limits.crawlDepth, "--depth")
        try ArgumentCheck.patterns(include, count: Limits.patternCount, bytes: Limits.patternBytes, "--include")
        try ArgumentCheck.patterns(exclude, count: Limits.patternCount, bytes: Limits.patternBytes, "--exclude")
        try ArgumentCheck.length(library, Limits.nameLength, "--library")
        try ArgumentCheck.length(version, Limits.versionLength, "--version")
        _ = try ArgumentCheck.named(options)
    }

    func run(with session: ClientSession) async throws {
        let started = try await session.api.startIngestion(
            StartIngestionRequest(
                webURL: webURL, crawlDepth: depth, includePatterns: include.isEmpty ? nil : include,
                excludePatterns: exclude.isEmpty ? nil : exclude, library: library, version: version, kind: kind,
                options: options.isEmpty ? nil : try ArgumentCheck.named(options), allowMassDelete: allowMassDelete ? true : nil,
                priority: priority))
        guard wait else {
            try session.show(started) {
                TextTable.pairs([
                    ("Job", started.jobID), ("Documentation", started.documentationID),
                    ("Library", "\(started.library) \(started.version)"), ("Status", started.status.rawValue),
                    ("Correlation", started.correlationID),
                ])
            }
            if !session.isJSON { session.note("'portolan ingest tail \(started.jobID)' follows the job.") }
            return
        }
        session.note("Job \(started.jobID), library \(started.library) \(started.version). Ctrl-C detaches.")
        let job = try await JobFollower(session, toOutput: false).follow(started.jobID)
        try session.show(job) { JobReport.facts(job) }
        try JobFollower.requireSuccess(job)
    }

    @Sendable private static func priority(_ text: String) throws -> RunPriority {
        guard let priority = RunPriority(rawValue: text.lowercased()) else {
            throw ValidationError("The priorities are \(RunPriority.allCases.map(\.rawValue).joined(separator: " and ")).")
        }
        return priority
    }
}
