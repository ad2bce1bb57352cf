import ArgumentParser
import Catalog
import Composition

/// `portolan artifacts plan-diff`.
struct ArtifactsPlanDiffCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan-diff", abstract: "Show what has changed since the lockfile was written.",
        discussion: """
            Plans anew and compares. Nothing is written unless it is asked for, but the catalog keeps both plans and their difference. Artifacts \
            are matched by id.
            """)

    @OptionGroup var files: ArtifactFiles
    @OptionGroup var probes: ProbeOptions

    @Flag(help: "Compare with the last plan that the catalog has for these sources, not with a lockfile.")
    var noLock = false

    @Flag(help: "Write the new plan into the lockfile.")
    var updateBaseline = false

    @Option(help: ArgumentHelp("Write the new plan into this file.", valueName: "file"))
    var lockOutput: String?

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if noLock, updateBaseline { throw ValidationError("--no-lock leaves no lockfile for --update-baseline; use --lock-output.") }
    }

    var change: CommandJournal.Command? { updateBaseline ? CommandJournal.Command(.artifacts, "plan-diff") : nil }

    func run(with session: DatabaseSession) async throws {
        let sources = try ArtifactSourcesFile.read(session.absolute(files.sources))
        let locked = noLock ? nil : try ArtifactSourcesFile.lockfile(session.absolute(files.lock))
        let (newer, diff) = try await session.database.withArtifacts(allowedHosts: probes.hosts) { artifacts in
            let planner = artifacts.planner
            guard let older = try await baseline(locked, sources, planner) else {
                throw CommandFailure(
                    .failed, "The catalog has no plan for these sources.", hint: "Make one with `portolan artifacts plan`.")
            }
            let newer = try await planner.plan(sources, isFresh: true, isKept: false, concurrency: probes.concurrentPlans).lockfile
            let diff = LockfileDiff(from: older, to: newer)
            try await planner.keep(diff, from: older, to: newer)
            return (newer, diff)
        }
        if updateBaseline { try session.write(newer.text, to: files.lock) }
        if let lockOutput { try session.write(newer.text, to: lockOutput) }
        try session.show(diff) { ArtifactTables.diff(diff) }
        session.note(
            diff.isEmpty
                ? "Nothing has changed."
                : "\(diff.added.count) added, \(diff.removed.count) removed, \(diff.updated.count) updated, \(diff.unchanged) unchanged")
    }

    private func baseline(_ locked: Lockfile?, _ sources: ArtifactSources, _ planner: ArtifactPlanner) async throws -> Lockfile? {
        if let locked { return locked }
        return try await planner.kept(sources.hash)
    }
}
