import ArgumentParser
import Catalog
import Composition

/// `portolan artifacts pull`.
struct ArtifactsPullCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Take in what the lockfile names.",
        discussion: """
            Each artifact is downloaded, compared with the lockfile, extracted, validated and made the latest version of its slot in the catalog; \
            then a job is queued that makes it searchable. What the catalog has as the lockfile says is left alone. An artifact that fails leaves \
            the others alone, and its last good version stays.
            """)

    @Option(help: ArgumentHelp("Lockfile.", valueName: "file"))
    var lock = ArtifactSourcesFile.lockName

    @Flag(help: "Take in again what is there already.")
    var force = false

    @Flag(help: "Tell what would be taken in, and do nothing.")
    var dryRun = false

    @Flag(help: "A failed validation lets go of the artifact.")
    var strict = false

    @Flag(help: "Queue no jobs: artifacts are kept and not searchable.")
    var noIngest = false

    @Option(help: ArgumentHelp("Artifacts taken in at a time.", valueName: "n"))
    var concurrentDownloads = 2

    @Option(help: ArgumentHelp("Ask these hosts only, comma-separated; *.example.org for all below it.", valueName: "hosts"))
    var allowedHosts: String?

    @OptionGroup var options: DatabaseOptions

    /// What was done, as JSON.
    struct Report: Encodable {
        let plan: String
        let isDryRun: Bool
        let artifacts: [ArtifactPull.Outcome]
    }

    func validate() throws { try ArgumentCheck.range(concurrentDownloads, 1...16, "--concurrent-downloads") }

    var change: CommandJournal.Command? { !dryRun ? CommandJournal.Command(.artifacts, "pull") : nil }

    func run(with session: DatabaseSession) async throws {
        let lockfile = try ArtifactSourcesFile.lockfile(session.absolute(lock))
        var pulling = ArtifactPull.Options()
        (pulling.force, pulling.isDryRun, pulling.concurrency) = (force, dryRun, concurrentDownloads)
        let (how, ingests) = (pulling, !noIngest)
        let hosts = ProbeOptions.hosts(allowedHosts)
        let outcomes = try await session.database.withArtifacts(allowedHosts: hosts) { artifacts in
            try await artifacts.pull(isStrict: strict).pull(lockfile, how) {
                ingests ? try await artifacts.ingest($0, unlessSince: $1) : nil
            }
        }
        try session.show(Report(plan: lockfile.hash, isDryRun: dryRun, artifacts: outcomes)) { Self.text(outcomes) }
        for outcome in outcomes { if let problem = outcome.problem { session.note("\(outcome.id): \(problem)") } }
        let failed = outcomes.count { $0.state == .failed }
        guard failed == 0 else {
            throw CommandFailure(
                .failed, "\(failed) of \(outcomes.count) artifacts were not taken in.", hint: "Correct them, and pull again.")
        }
    }

    private static func text(_ outcomes: [ArtifactPull.Outcome]) -> String {
        var table = TextTable([
            .text("ID"), .text("STATE"), .text("VERSION"), .number("FILES"), .number("BYTES"), .number("FINDINGS"), .text("JOB"),
        ])
        for outcome in outcomes {
            table.add([
                outcome.id, outcome.state.rawValue, outcome.version.map { String($0.prefix(12)) } ?? "",
                outcome.files.map { "\($0)" } ?? "",
                outcome.bytes.map { "\($0)" } ?? "", outcome.validationFailures == 0 ? "" : "\(outcome.validationFailures)",
                outcome.job ?? "",
            ])
        }
        return table.text
    }
}
