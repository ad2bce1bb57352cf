package import FoundationEssentials

/// What one source gave at one time.
package struct CatalogVersionDetail: Sendable, Hashable, Codable {
    /// 32 hexadecimal digits.
    package var id: String
    /// The kind of source, such as `archive`.
    package var service: String
    /// The place of its source; one version of a slot is the latest.
    package var slot: String
    /// A name for people.
    package var label: String
    /// `staged`, `published` or `rejected`.
    package var state: String
    /// Whether it is the one of its slot that counts.
    package var isLatest: Bool
    /// When it was made.
    package var createdAt: Date
    /// When it was published; nil before.
    package var publishedAt: Date?
    /// Files that came out of it.
    package var files: Int
    /// Bytes of the files together.
    package var bytes: Int

    /// - Parameters: see the properties.
    package init(
        id: String, service: String, slot: String, label: String, state: String, isLatest: Bool, createdAt: Date, publishedAt: Date?,
        files: Int, bytes: Int
    ) {
        (self.id, self.service, self.slot, self.label, self.state) = (id, service, slot, label, state)
        (self.isLatest, self.createdAt, self.publishedAt, self.files) = (isLatest, createdAt, publishedAt, files)
        self.bytes = bytes
    }

    package enum CodingKeys: String, CodingKey {
        case id, service, slot, label, state
        case isLatest = "latest"
        case createdAt = "created_at"
        case publishedAt = "published_at"
        case files, bytes
    }
}

/// Reply to `GET /v1/artifacts/versions`: newest first.
package struct CatalogVersionList: Sendable, Hashable, Codable {
    /// The versions of this page.
    package var items: [CatalogVersionDetail]
    /// Offset of the page after this one; nil on the last.
    package var nextOffset: Int?

    /// - Parameters: see the properties.
    package init(items: [CatalogVersionDetail], nextOffset: Int?) { (self.items, self.nextOffset) = (items, nextOffset) }

    package enum CodingKeys: String, CodingKey {
        case items
        case nextOffset = "next_offset"
    }
}

/// Reply to `GET /v1/artifacts/versions/{id}`: a version with all that is counted about it.
package struct CatalogVersionStats: Sendable, Hashable, Codable {
    /// The files of one format.
    package struct Format: Sendable, Hashable, Codable {
        /// Such as `html`.
        package var format: String
        /// How many.
        package var files: Int
        /// Bytes of all.
        package var bytes: Int

        /// - Parameters: see the properties.
        package init(format: String, files: Int, bytes: Int) { (self.format, self.files, self.bytes) = (format, files, bytes) }
    }

    /// The version.
    package var version: CatalogVersionDetail
    /// How many artifacts it has.
    package var artifacts: Int
    /// Bytes of the artifacts that are stored.
    package var artifactBytes: Int
    /// By bytes, most first.
    package var formats: [Format]
    /// Validations that passed.
    package var validationsPassed: Int
    /// Validations that failed.
    package var validationsFailed: Int
    /// Validations for which the time was too short.
    package var validationsTimedOut: Int

    /// - Parameters: see the properties.
    package init(
        version: CatalogVersionDetail, artifacts: Int, artifactBytes: Int, formats: [Format], validationsPassed: Int,
        validationsFailed: Int, validationsTimedOut: Int
    ) {
        (self.version, self.artifacts, self.artifactBytes, self.formats) = (version, artifacts, artifactBytes, formats)
        (self.validationsPassed, self.validationsFailed) = (validationsPassed, validationsFailed)
        self.validationsTimedOut = validationsTimedOut
    }

    package enum CodingKeys: String, CodingKey {
        case version, artifacts
        case artifactBytes = "artifact_bytes"
        case formats
        case validationsPassed = "validations_passed"
        case validationsFailed = "validations_failed"
        case validationsTimedOut = "validations_timed_out"
    }
}
