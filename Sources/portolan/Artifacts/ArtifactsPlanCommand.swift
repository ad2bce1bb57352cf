import ArgumentParser
import Catalog
import Composition

/// `portolan artifacts plan`.
struct ArtifactsPlanCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Find out where the artifacts can be had, and write the lockfile.",
        discussion: """
            Each address is asked in its order until one answers; the lockfile says which, with size, ETag and checksum as far as they are known. \
            The same answers give the same lockfile with the same hash. The catalog keeps plans: a plan for the same sources comes from there \
            unless --refresh is given.
            """)

    @OptionGroup var files: ArtifactFiles
    @OptionGroup var probes: ProbeOptions

    @Flag(help: "Ask the servers even when the catalog has a plan for these sources.")
    var refresh = false

    @Flag(help: "Write neither the lockfile nor the catalog.")
    var dryRun = false

    @OptionGroup var options: DatabaseOptions

    /// The plan, as JSON.
    struct Report: Encodable {
        let hash: String
        let sourcesHash: String
        let isCached: Bool
        let isDryRun: Bool
        let artifacts: [LockedArtifact]
        let passedOver: [ArtifactPlanner.PassedOver]
    }

    var change: CommandJournal.Command? { !dryRun ? CommandJournal.Command(.artifacts, "plan") : nil }

    func run(with session: DatabaseSession) async throws {
        let sources = try ArtifactSourcesFile.read(session.absolute(files.sources))
        let outcome = try await session.database.withArtifacts(allowedHosts: probes.hosts) { artifacts in
            try await artifacts.planner.plan(sources, isFresh: refresh, isKept: !dryRun, concurrency: probes.concurrentPlans)
        }
        let lockfile = outcome.lockfile
        if !dryRun { try session.write(lockfile.text, to: files.lock) }
        let report = Report(
            hash: lockfile.hash, sourcesHash: lockfile.sourcesHash, isCached: outcome.isCached, isDryRun: dryRun,
            artifacts: lockfile.artifacts, passedOver: outcome.passedOver)
        try session.show(report) { ArtifactTables.locked(lockfile.artifacts) }
        for passed in outcome.passedOver { session.note("\(passed.id): passed over \(passed.url): \(passed.reason)") }
        session.note("plan \(lockfile.hash.prefix(12))" + (outcome.isCached ? ", from the catalog" : "") + (dryRun ? ", not written" : ""))
    }
}

/// Tables of plans.
enum ArtifactTables {
    static func locked(_ artifacts: [LockedArtifact]) -> String {
        var table = TextTable([
            .text("ID"), .text("LIBRARY"), .text("VERSION"), .text("KIND"), .number("BYTES"), .text("ETAG"), .text("SHA-256"), .text("URL"),
        ])
        for artifact in artifacts {
            table.add([
                artifact.id, artifact.library, artifact.version, artifact.kind, artifact.bytes.map { "\($0)" } ?? "", artifact.etag ?? "",
                artifact.sha256.map { String($0.prefix(12)) } ?? "", artifact.url,
            ])
        }
        return table.text
    }

    static func diff(_ diff: LockfileDiff) -> String {
        var table = TextTable([.text("CHANGE"), .text("ID"), .text("FIELD"), .text("OLD"), .text("NEW")])
        for artifact in diff.added { table.add(["added", artifact.id, "url", "", artifact.url]) }
        for artifact in diff.removed { table.add(["removed", artifact.id, "url", artifact.url, ""]) }
        for update in diff.updated {
            for change in update.changes { table.add(["updated", update.id, change.field, change.old ?? "", change.new ?? ""]) }
        }
        return table.isEmpty ? "" : table.text
    }
}
