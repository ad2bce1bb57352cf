import ArgumentParser
import Catalog
import Composition
import Domain
import FoundationEssentials

/// How the catalog stands to an artifact of the lockfile.
struct ArtifactStanding: Encodable {
    let id: String
    let kind: String
    let url: String
    /// `current`, `different`, `missing` or `broken`.
    let standing: ArtifactPull.Standing
    let slot: String?
    /// Of the catalog.
    let version: String?
    let sha256: String?
    let bytes: Int64?
    let fetchedAt: Date?

    /// Asks the catalog about each artifact of `lockfile`; about `id` alone when it is given.
    static func all(_ lockfile: Lockfile, id: String?, _ session: DatabaseSession) async throws -> [ArtifactStanding] {
        let wanted = lockfile.artifacts.filter { id == nil || $0.id == id }
        guard !wanted.isEmpty else {
            throw CommandFailure(.usage, "The lockfile has no artifact \(id ?? "").", hint: "Leave it out to see all.")
        }
        return try await session.database.withArtifacts { artifacts in
            let pull = artifacts.pull(isStrict: false)
            var found: [ArtifactStanding] = []
            for locked in wanted {
                let known = try await pull.standing(locked)
                found.append(
                    ArtifactStanding(
                        id: locked.id, kind: locked.kind, url: locked.url, standing: known.standing, slot: known.version?.slot.rawValue,
                        version: known.version?.id, sha256: known.artifact?.id, bytes: known.artifact?.bytes,
                        fetchedAt: known.artifact?.fetchedAt))
            }
            return found
        }
    }

    static func text(_ standings: [ArtifactStanding]) -> String {
        var table = TextTable([
            .text("ID"), .text("STANDING"), .text("SLOT"), .text("VERSION"), .number("BYTES"), .text("SHA-256"), .text("FETCHED (UTC)"),
        ])
        for one in standings {
            table.add([
                one.id, one.standing.rawValue, one.slot ?? "", one.version.map { String($0.prefix(12)) } ?? "",
                one.bytes.map { "\($0)" } ?? "", one.sha256.map { String($0.prefix(12)) } ?? "",
                one.fetchedAt.map { Figures.text(of: $0) } ?? "",
            ])
        }
        return table.text
    }
}

/// `portolan artifacts show`.
struct ArtifactsShowCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what the catalog has of the artifacts in the lockfile.")

    @Argument(help: ArgumentHelp("One artifact; all without it.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("Lockfile.", valueName: "file"))
    var lock = ArtifactSourcesFile.lockName

    @OptionGroup var options: DatabaseOptions

    func run(with session: DatabaseSession) async throws {
        let lockfile = try ArtifactSourcesFile.lockfile(session.absolute(lock))
        let standings = try await ArtifactStanding.all(lockfile, id: id, session)
        try session.show(standings) { ArtifactStanding.text(standings) }
    }
}

/// `portolan artifacts validate`.
struct ArtifactsValidateCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check sources, lockfile and catalog against each other.",
        discussion: """
            Fails when a file cannot be read, when the lockfile was made for other sources, and when the catalog has not what is locked: missing, \
            different, or with bytes that are gone (broken).
            """)

    @OptionGroup var files: ArtifactFiles
    @OptionGroup var options: DatabaseOptions

    /// What was found, as JSON.
    struct Report: Encodable {
        let isValid: Bool
        /// Whether the lockfile was made for these sources.
        let fitsSources: Bool
        let artifacts: [ArtifactStanding]
    }

    func run(with session: DatabaseSession) async throws {
        let sources = try ArtifactSourcesFile.read(session.absolute(files.sources))
        let lockfile = try ArtifactSourcesFile.lockfile(session.absolute(files.lock))
        let fits = sources.hash == lockfile.sourcesHash
        let standings = try await ArtifactStanding.all(lockfile, id: nil, session)
        let wrong = standings.count { $0.standing != .current }
        try session.show(Report(isValid: fits && wrong == 0, fitsSources: fits, artifacts: standings)) { ArtifactStanding.text(standings) }
        if !fits { session.note("The lockfile was made for other sources: run `portolan artifacts plan`.") }
        guard fits, wrong == 0 else {
            throw CommandFailure(
                .failed, fits ? "\(wrong) of \(standings.count) artifacts are not as locked." : "Sources and lockfile differ.")
        }
    }
}
