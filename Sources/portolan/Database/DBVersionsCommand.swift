import ArgumentParser
import Composition
import Domain
import Storage

/// `portolan db versions`.
struct DBVersionsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "List the versions of the catalog, newest first, or where an artifact was taken in.")

    @Option(help: ArgumentHelp("Only versions of this kind of source, such as archive.", valueName: "kind"))
    var service: String?

    @Option(help: ArgumentHelp("Only versions that were published into this library.", valueName: "name"))
    var library: String?

    @Option(help: ArgumentHelp("Only where the artifact with this SHA-256 was taken in.", valueName: "sha256"))
    var artifact: String?

    @Option(help: "Versions to show, 1 to 1000.")
    var limit = 50

    @Option(help: "Versions to leave out before the first.")
    var offset = 0

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        try ArgumentCheck.range(limit, PostgresCatalogQueries.limits, "--limit")
        try ArgumentCheck.range(offset, 0...10_000_000, "--offset")
        guard let artifact else { return }
        guard artifact.utf8.count == 64, artifact.allSatisfy(\.isHexDigit) else { throw ValidationError("--artifact is no SHA-256.") }
        if service != nil || library != nil { throw ValidationError("--artifact takes no other filter.") }
    }

    func run(with session: DatabaseSession) async throws {
        if let artifact {
            let found = try await session.database.catalog.find(artifact: artifact.lowercased())
            try session.show(found) { Self.text(found) }
            if found.isEmpty { session.note("The artifact was taken in nowhere.") }
            return
        }
        let versions = try await session.database.catalog.versions(service: service, library: library, limit: limit, offset: offset)
        try session.show(versions) { Self.text(versions) }
        if versions.isEmpty { session.note("No versions.") }
        if versions.count == limit { session.note("--offset \(offset + limit) shows the next.") }
    }

    private static func text(_ versions: [VersionSummary]) -> String {
        var table = TextTable([
            .text("VERSION"), .text("SERVICE"), .text("SLOT"), .text("STATE"), .text("LATEST"), .number("FILES"), .number("BYTES"),
            .text("CREATED (UTC)"), .text("LABEL"),
        ])
        for version in versions {
            table.add([
                version.id, version.service, version.slot, version.state, version.isLatest ? "yes" : "", "\(version.files)",
                "\(version.bytes)", Figures.text(of: version.createdAt), version.label,
            ])
        }
        return table.isEmpty ? "" : table.text
    }

    private static func text(_ artifacts: [ArtifactSummary]) -> String {
        var table = TextTable([
            .text("VERSION"), .text("STATUS"), .text("NAME"), .number("BYTES"), .text("FETCHED (UTC)"), .text("SOURCE"),
        ])
        for item in artifacts {
            table.add([
                item.versionId, item.faultCode ?? item.status, item.name, "\(item.bytes)",
                Figures.text(of: item.fetchedAt),
                item.sourceUrl,
            ])
        }
        return table.isEmpty ? "" : table.text
    }
}
