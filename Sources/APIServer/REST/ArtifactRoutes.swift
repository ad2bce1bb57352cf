import APIModel
import Domain
import Hummingbird

/// The catalog of what was taken in whole. It spans all libraries, which is why it is for operators.
struct ArtifactRoutes: Sendable {
    let catalog: any CatalogQueries

    private static let root = "/v1/artifacts"
    private static let versions = "/v1/artifacts/versions"

    private static let page = Parameter.integer("limit", Limits.outcomeLimit, default: Limits.defaultOutcomeLimit, "Items on the page.")
    private static let service = Parameter.text(optional: "service", 1...50, "Only this kind of source, such as archive.")
    private static let status = Parameter.choice("status", of: Artifact.Status.self, "Only artifacts that came so.")
    private static let format = Parameter.text(optional: "format", 1...20, "Only files of this format, such as html.")
    private static let prefix = Parameter.text(optional: "prefix", 1...2000, "Only paths that begin so.")
    private static let validator = Parameter.text(optional: "validator", 1...50, "Only what this validator found.")
    private static let passed = Parameter.flag("passed_only", "Whether to leave failures out.")
    private static let from = Parameter.name(
        "from", "The older version.", pattern: versionPattern, isName: isVersion)
    private static let artifact = Parameter.segment("id", "artifact", pattern: "^[0-9a-f]{64}$") { text in
        text.utf8.count == 64 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
    private static let version = Parameter.segment("id", "version", pattern: versionPattern, isName: isVersion)
    private static let versionPattern = "^[a-z0-9][a-z0-9._-]{0,99}$"

    /// Identifiers have the form of a slot's name, and a slot's name stands for its latest version.
    @Sendable private static func isVersion(_ text: String) -> Bool { CatalogSlot(rawValue: text) != nil }

    var routes: [Route] {
        [
            Route(
                .get, Self.root, .scope(.admin), Operation("listArtifacts", .artifacts, "Artifacts, newest first"), Self.service,
                Self.status, Self.page, .offset, answer: list),
            Route(
                .get, "\(Self.root)/{id}", .scope(.admin), Operation("getArtifact", .artifacts, "Where an artifact was taken in"),
                Self.artifact, answer: show),
            Route(
                .get, Self.versions, .scope(.admin), Operation("listCatalogVersions", .artifacts, "Versions, newest first"), Self.service,
                .library, Self.page, .offset, answer: listVersions),
            Route(
                .get, "\(Self.versions)/{id}", .scope(.admin),
                Operation("getCatalogVersion", .artifacts, "A version with its sums"), Self.version, answer: stats),
            Route(
                .get, "\(Self.versions)/{id}/files", .scope(.admin),
                Operation("listCatalogFiles", .artifacts, "Files of a version by path"),
                Self.version, Self.format, Self.prefix, Self.page, .offset, answer: files),
            Route(
                .get, "\(Self.versions)/{id}/validations", .scope(.admin),
                Operation("listValidations", .artifacts, "What validators found in a version"), Self.version, Self.validator, Self.passed,
                Self.page, .offset, answer: validations),
            Route(
                .get, "\(Self.versions)/{id}/delta", .scope(.admin),
                Operation("getCatalogDelta", .artifacts, "What changed since another version"), Self.version, Self.from, answer: delta),
        ]
    }

    @Sendable private func list(
        _ call: Call, service: String?, status: Artifact.Status?, limit: Int, offset: Int
    ) async throws -> Answer<ArtifactList> {
        let (found, total) = try await catalog.artifacts(service: service, status: status, limit: limit, offset: offset)
        return Answer(
            ArtifactList(items: found.map { ArtifactDetail($0) }, meta: PageMeta(total: total, limit: limit, offset: offset)))
    }

    @Sendable private func show(_ call: Call, id: String) async throws -> Answer<ArtifactOccurrences> {
        let found = try await catalog.find(artifact: id)
        guard !found.isEmpty else { throw Fault.notFound("artifact", id) }
        return Answer(ArtifactOccurrences(items: found.map { ArtifactDetail($0) }))
    }

    @Sendable private func listVersions(
        _ call: Call, service: String?, library: String?, limit: Int, offset: Int
    ) async throws -> Answer<CatalogVersionList> {
        let found = try await catalog.versions(service: service, library: library, limit: limit, offset: offset)
        return Answer(
            CatalogVersionList(items: found.map { CatalogVersionDetail($0) }, nextOffset: Self.next(found.count, limit, offset)))
    }

    @Sendable private func stats(_ call: Call, id: String) async throws -> Answer<CatalogVersionStats> {
        Answer(CatalogVersionStats(try await catalog.versionStats(id)))
    }

    @Sendable private func files(
        _ call: Call, id: String, format: String?, prefix: String?, limit: Int, offset: Int
    ) async throws -> Answer<CatalogFileList> {
        let found = try await catalog.files(id, format: format, prefix: prefix ?? "", limit: limit, offset: offset)
        return Answer(
            CatalogFileList(
                items: found.map {
                    .init(path: $0.path, format: $0.format, bytes: $0.bytes, sha256: $0.sha256, artifactID: $0.artifactId)
                }, nextOffset: Self.next(found.count, limit, offset)))
    }

    @Sendable private func validations(
        _ call: Call, id: String, validator: String?, passedOnly: Bool, limit: Int, offset: Int
    ) async throws -> Answer<CatalogValidationList> {
        let found = try await catalog.validations(
            id, path: nil, validator: validator, passedOnly: passedOnly, limit: limit, offset: offset)
        return Answer(
            CatalogValidationList(
                items: found.map {
                    .init(path: $0.path, validator: $0.validator, status: $0.status, detail: $0.detail, checkedAt: $0.checkedAt)
                }, nextOffset: Self.next(found.count, limit, offset)))
    }

    @Sendable private func delta(_ call: Call, id: String, from: String) async throws -> Answer<CatalogDelta> {
        let delta = try await catalog.delta(from: from, to: id)
        return Answer(
            CatalogDelta(
                older: delta.older, newer: delta.newer, added: delta.added, removed: delta.removed, common: delta.common,
                changed: delta.changed, sizeDelta: delta.sizeDelta))
    }

    /// Where the next page begins, as far as a full page can tell.
    private static func next(_ count: Int, _ limit: Int, _ offset: Int) -> Int? {
        count == limit && Limits.offset.contains(offset + count) ? offset + count : nil
    }
}

extension ArtifactDetail {
    fileprivate init(_ artifact: ArtifactSummary) {
        self.init(
            id: artifact.id, versionID: artifact.versionId, status: artifact.status, name: artifact.name, bytes: artifact.bytes,
            sourceURL: artifact.sourceUrl, faultCode: artifact.faultCode, fetchedAt: artifact.fetchedAt)
    }
}

extension CatalogVersionDetail {
    fileprivate init(_ version: VersionSummary) {
        self.init(
            id: version.id, service: version.service, slot: version.slot, label: version.label, state: version.state,
            isLatest: version.isLatest, createdAt: version.createdAt, publishedAt: version.publishedAt, files: version.files,
            bytes: version.bytes)
    }
}

extension CatalogVersionStats {
    fileprivate init(_ stats: VersionStats) {
        self.init(
            version: CatalogVersionDetail(stats.version), artifacts: stats.artifacts, artifactBytes: stats.artifactBytes,
            formats: stats.formats.map { Format(format: $0.format, files: $0.files, bytes: $0.bytes) },
            validationsPassed: stats.validations.pass, validationsFailed: stats.validations.fail,
            validationsTimedOut: stats.validations.timeout)
    }
}
