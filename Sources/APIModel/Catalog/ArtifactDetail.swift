package import FoundationEssentials

/// A file that was taken in whole, in one version of the catalog.
package struct ArtifactDetail: Sendable, Hashable, Codable {
    /// SHA-256 of its bytes in hexadecimal.
    package var id: String
    /// The version of the catalog that it belongs to.
    package var versionID: String
    /// `fresh`, `cached` or `failed`.
    package var status: String
    /// File name.
    package var name: String
    /// Size in bytes.
    package var bytes: Int
    /// Where it came from.
    package var sourceURL: String
    /// Why it failed; nil otherwise.
    package var faultCode: String?
    /// When it was read.
    package var fetchedAt: Date

    /// - Parameters: see the properties.
    package init(
        id: String, versionID: String, status: String, name: String, bytes: Int, sourceURL: String, faultCode: String?, fetchedAt: Date
    ) {
        (self.id, self.versionID, self.status, self.name, self.bytes) = (id, versionID, status, name, bytes)
        (self.sourceURL, self.faultCode, self.fetchedAt) = (sourceURL, faultCode, fetchedAt)
    }

    package enum CodingKeys: String, CodingKey {
        case id
        case versionID = "version_id"
        case status, name, bytes
        case sourceURL = "source_url"
        case faultCode = "fault_code"
        case fetchedAt = "fetched_at"
    }
}

/// Reply to `GET /v1/artifacts`: newest first.
package struct ArtifactList: Sendable, Hashable, Codable {
    /// The artifacts of this page.
    package var items: [ArtifactDetail]
    /// Where it lies among all.
    package var meta: PageMeta

    /// - Parameters: see the properties.
    package init(items: [ArtifactDetail], meta: PageMeta) { (self.items, self.meta) = (items, meta) }
}

/// Reply to `GET /v1/artifacts/{id}`: where an artifact was taken in, newest first.
package struct ArtifactOccurrences: Sendable, Hashable, Codable {
    /// One entry for each version of the catalog.
    package var items: [ArtifactDetail]

    /// - Parameter items: one entry for each version of the catalog.
    package init(items: [ArtifactDetail]) { self.items = items }
}
