/// What people ask the catalog. Versions are named by identifier, or by the slot whose latest one is meant.
///
/// Methods throw ``Fault``: `E_NOT_FOUND` for a version that is not there, transient when the database is away.
package protocol CatalogQueries: Sendable {
    /// Artifacts, newest first, with the number of all that match.
    func artifacts(
        service: String?, status: Artifact.Status?, limit: Int, offset: Int
    ) async throws -> (artifacts: [ArtifactSummary], total: Int)

    /// Where an artifact was taken in, newest first; empty when it was nowhere.
    func find(artifact: String) async throws -> [ArtifactSummary]

    /// Versions, newest first.
    func versions(service: String?, library: String?, limit: Int, offset: Int) async throws -> [VersionSummary]

    /// A version with its sums.
    func versionStats(_ version: String) async throws -> VersionStats

    /// Files of a version by path.
    func files(_ version: String, format: String?, prefix: String, limit: Int, offset: Int) async throws -> [FileSummary]

    /// What validators found in a version, by validator and path.
    func validations(
        _ version: String, path: String?, validator: String?, passedOnly: Bool, limit: Int, offset: Int
    ) async throws -> [ValidationSummary]

    /// What came, went and changed between two versions.
    func delta(from older: String, to newer: String) async throws -> VersionDelta
}
