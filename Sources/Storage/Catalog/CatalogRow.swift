import Domain
import FoundationEssentials
import Postgres

/// Rows of the catalog as values.
enum CatalogRow {
    static let versionColumns: SQL =
        "v.id, v.service, v.slot, v.label, v.state, v.documentation_id, v.job_id, v.plan_id, v.created_at, v.published_at"

    static func version(_ row: Row) throws -> CatalogVersion {
        CatalogVersion(
            id: try row.decode("id", as: String.self), service: try row.decode("service", as: String.self), slot: try slot(row),
            label: try row.decode("label", as: String.self),
            state: CatalogVersion.State(rawValue: try row.decode("state", as: String.self)) ?? .rejected,
            documentation: try row.decode("documentation_id", as: UUID?.self).map { DocumentationID($0) },
            job: try row.decode("job_id", as: UUID?.self).map { JobID($0) }, plan: try row.decode("plan_id", as: String?.self),
            createdAt: try row.decode("created_at", as: Date.self), publishedAt: try row.decode("published_at", as: Date?.self))
    }

    static func artifact(_ row: Row) throws -> Artifact {
        Artifact(
            id: try row.decode("id", as: String.self), version: try row.decode("version_id", as: String.self),
            status: Artifact.Status(rawValue: try row.decode("status", as: String.self)) ?? .failed,
            name: try row.decode("name", as: String.self), storageKey: try row.decode("storage_key", as: String?.self),
            bytes: try row.decode("bytes", as: Int64.self), sourceURL: try row.decode("source_url", as: String.self),
            etag: try row.decode("etag", as: String?.self), lastModified: try row.decode("last_modified", as: String?.self),
            faultCode: try row.decode("fault_code", as: String?.self), fetchedAt: try row.decode("fetched_at", as: Date.self))
    }

    static func file(_ row: Row) throws -> ExtractedFile {
        ExtractedFile(
            path: try row.decode("path", as: String.self), bytes: try row.decode("bytes", as: Int64.self),
            digest: try row.decode("sha256", as: [UInt8].self), storageKey: try row.decode("storage_key", as: String.self))
    }

    static func pointer(_ row: Row) throws -> LatestPointer {
        LatestPointer(
            slot: try slot(row), version: try row.decode("version_id", as: String.self), setAt: try row.decode("set_at", as: Date.self),
            setBy: try row.decode("set_by", as: String.self))
    }

    static func slot(_ row: Row) throws -> CatalogSlot {
        guard let slot = CatalogSlot(rawValue: try row.decode("slot", as: String.self)) else {
            throw Fault(.internal, code: "E_DATABASE", "The catalog holds a slot that is no name.")
        }
        return slot
    }
}
