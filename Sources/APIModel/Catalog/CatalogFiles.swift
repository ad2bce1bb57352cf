package import FoundationEssentials

/// Reply to `GET /v1/artifacts/versions/{id}/files`: by path.
package struct CatalogFileList: Sendable, Hashable, Codable {
    /// A file of a version.
    package struct File: Sendable, Hashable, Codable {
        /// Path below the version.
        package var path: String
        /// Such as `html`.
        package var format: String
        /// Size in bytes.
        package var bytes: Int
        /// In hexadecimal.
        package var sha256: String
        /// The artifact that it came out of.
        package var artifactID: String

        /// - Parameters: see the properties.
        package init(path: String, format: String, bytes: Int, sha256: String, artifactID: String) {
            (self.path, self.format, self.bytes, self.sha256, self.artifactID) = (path, format, bytes, sha256, artifactID)
        }

        package enum CodingKeys: String, CodingKey {
            case path, format, bytes, sha256
            case artifactID = "artifact_id"
        }
    }

    /// The files of this page.
    package var items: [File]
    /// Offset of the page after this one; nil on the last.
    package var nextOffset: Int?

    /// - Parameters: see the properties.
    package init(items: [File], nextOffset: Int?) { (self.items, self.nextOffset) = (items, nextOffset) }

    package enum CodingKeys: String, CodingKey {
        case items
        case nextOffset = "next_offset"
    }
}

/// Reply to `GET /v1/artifacts/versions/{id}/validations`: by validator and path.
package struct CatalogValidationList: Sendable, Hashable, Codable {
    /// What a validator found.
    package struct Validation: Sendable, Hashable, Codable {
        /// The file; empty for the version as a whole.
        package var path: String
        /// Such as `links`.
        package var validator: String
        /// `pass`, `fail` or `timeout`.
        package var status: String
        /// What is wrong.
        package var detail: String?
        /// When it was looked at.
        package var checkedAt: Date

        /// - Parameters: see the properties.
        package init(path: String, validator: String, status: String, detail: String?, checkedAt: Date) {
            (self.path, self.validator, self.status) = (path, validator, status)
            (self.detail, self.checkedAt) = (detail, checkedAt)
        }

        package enum CodingKeys: String, CodingKey {
            case path, validator, status, detail
            case checkedAt = "checked_at"
        }
    }

    /// The validations of this page.
    package var items: [Validation]
    /// Offset of the page after this one; nil on the last.
    package var nextOffset: Int?

    /// - Parameters: see the properties.
    package init(items: [Validation], nextOffset: Int?) { (self.items, self.nextOffset) = (items, nextOffset) }

    package enum CodingKeys: String, CodingKey {
        case items
        case nextOffset = "next_offset"
    }
}

/// Reply to `GET /v1/artifacts/versions/{id}/delta`: what came, went and changed.
package struct CatalogDelta: Sendable, Hashable, Codable {
    /// Identifier of the older version.
    package var older: String
    /// Identifier of the newer version.
    package var newer: String
    /// Files that only the newer version has.
    package var added: Int
    /// Files that only the older version has.
    package var removed: Int
    /// Files that both have.
    package var common: Int
    /// Files that both have, with other content.
    package var changed: Int
    /// Bytes of the newer version less those of the older.
    package var sizeDelta: Int

    /// - Parameters: see the properties.
    package init(older: String, newer: String, added: Int, removed: Int, common: Int, changed: Int, sizeDelta: Int) {
        (self.older, self.newer, self.added, self.removed) = (older, newer, added, removed)
        (self.common, self.changed, self.sizeDelta) = (common, changed, sizeDelta)
    }

    package enum CodingKeys: String, CodingKey {
        case older, newer, added, removed, common, changed
        case sizeDelta = "size_delta"
    }
}
