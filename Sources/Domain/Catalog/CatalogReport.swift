package import FoundationEssentials

/// A version of the catalog with its size.
package struct VersionSummary: Sendable, Hashable, Encodable {
    /// 32 hexadecimal digits.
    package let id: String
    /// The kind of source, such as `archive`.
    package let service: String
    /// The place of its source; one version of a slot is the latest.
    package let slot: String
    /// A name for people.
    package let label: String
    /// `staged`, `published` or `rejected`.
    package let state: String
    package let isLatest: Bool
    package let createdAt: Date
    package let publishedAt: Date?
    package let files: Int
    /// Of all files together.
    package let bytes: Int

    package init(
        id: String, service: String, slot: String, label: String, state: String, isLatest: Bool, createdAt: Date, publishedAt: Date?,
        files: Int, bytes: Int
    ) {
        (self.id, self.service, self.slot, self.label, self.state) = (id, service, slot, label, state)
        (self.isLatest, self.createdAt, self.publishedAt, self.files, self.bytes) = (isLatest, createdAt, publishedAt, files, bytes)
    }
}

/// A version with all that is counted about it.
package struct VersionStats: Sendable, Hashable, Encodable {
    package let version: VersionSummary
    package let artifacts: Int
    /// Bytes of the artifacts that are stored.
    package let artifactBytes: Int
    package let formats: [FormatUsage]
    /// How many validations ended in each way.
    package let validations: ValidationCounts

    package init(version: VersionSummary, artifacts: Int, artifactBytes: Int, formats: [FormatUsage], validations: ValidationCounts) {
        (self.version, self.artifacts, self.artifactBytes, self.formats, self.validations) = (
            version, artifacts, artifactBytes, formats, validations
        )
    }
}

/// How many validations ended in each way.
package struct ValidationCounts: Sendable, Hashable, Encodable {
    package let pass: Int
    package let fail: Int
    package let timeout: Int

    package init(pass: Int, fail: Int, timeout: Int) {
        (self.pass, self.fail, self.timeout) = (pass, fail, timeout)
    }
}

/// The files of one format.
package struct FormatUsage: Sendable, Hashable, Encodable {
    package let format: String
    package let files: Int
    package let bytes: Int
    /// Bytes for each file.
    package let averageBytes: Double

    package init(format: String, files: Int, bytes: Int, averageBytes: Double) {
        (self.format, self.files, self.bytes, self.averageBytes) = (format, files, bytes, averageBytes)
    }
}

/// A file of a version.
package struct FileSummary: Sendable, Hashable, Encodable {
    package let path: String
    package let format: String
    package let bytes: Int
    /// In hexadecimal.
    package let sha256: String
    /// The artifact that it came out of.
    package let artifactId: String

    package init(path: String, format: String, bytes: Int, sha256: String, artifactId: String) {
        (self.path, self.format, self.bytes, self.sha256, self.artifactId) = (path, format, bytes, sha256, artifactId)
    }
}

/// What a validator found.
package struct ValidationSummary: Sendable, Hashable, Encodable {
    /// Empty for the version as a whole.
    package let path: String
    package let validator: String
    /// `pass`, `fail` or `timeout`.
    package let status: String
    package let detail: String?
    package let checkedAt: Date

    package init(path: String, validator: String, status: String, detail: String?, checkedAt: Date) {
        (self.path, self.validator, self.status, self.detail, self.checkedAt) = (path, validator, status, detail, checkedAt)
    }
}

/// How the validations of one validator ended.
package struct ValidatorCounts: Sendable, Hashable, Encodable {
    package let validator: String
    package let counts: ValidationCounts

    package init(validator: String, counts: ValidationCounts) {
        (self.validator, self.counts) = (validator, counts)
    }
}

/// An artifact in one version.
package struct ArtifactSummary: Sendable, Hashable, Encodable {
    /// SHA-256 of its bytes in hexadecimal.
    package let id: String
    package let versionId: String
    /// `fresh`, `cached` or `failed`.
    package let status: String
    package let name: String
    package let bytes: Int
    package let sourceUrl: String
    package let storageKey: String?
    package let faultCode: String?
    package let fetchedAt: Date

    package init(
        id: String, versionId: String, status: String, name: String, bytes: Int, sourceUrl: String, storageKey: String?, faultCode: String?,
        fetchedAt: Date
    ) {
        (self.id, self.versionId, self.status, self.name, self.bytes) = (id, versionId, status, name, bytes)
        (self.sourceUrl, self.storageKey, self.faultCode, self.fetchedAt) = (sourceUrl, storageKey, faultCode, fetchedAt)
    }
}

/// The difference of two versions.
package struct VersionDelta: Sendable, Hashable, Encodable {
    /// Files of one format on both sides.
    package struct FormatChange: Sendable, Hashable, Encodable {
        package let format: String
        package let filesBefore: Int
        package let filesAfter: Int

        package init(format: String, filesBefore: Int, filesAfter: Int) {
            (self.format, self.filesBefore, self.filesAfter) = (format, filesBefore, filesAfter)
        }
    }

    package let older: String
    package let newer: String
    /// Files that only the newer version has.
    package let added: Int
    /// Files that only the older version has.
    package let removed: Int
    /// Files that both have.
    package let common: Int
    /// Files that both have, with other content.
    package let changed: Int
    /// Bytes of the newer version less those of the older.
    package let sizeDelta: Int
    /// The formats whose number of files differs, by name.
    package let formatChanges: [FormatChange]

    package init(
        older: String, newer: String, added: Int, removed: Int, common: Int, changed: Int, sizeDelta: Int, formatChanges: [FormatChange]
    ) {
        (self.older, self.newer, self.added, self.removed, self.common) = (older, newer, added, removed, common)
        (self.changed, self.sizeDelta, self.formatChanges) = (changed, sizeDelta, formatChanges)
    }
}

/// What the catalog takes up.
package struct StorageUsage: Sendable, Hashable, Encodable {
    /// One version's part.
    package struct VersionUsage: Sendable, Hashable, Encodable {
        package let id: String
        package let label: String
        package let files: Int
        package let bytes: Int

        package init(id: String, label: String, files: Int, bytes: Int) {
            (self.id, self.label, self.files, self.bytes) = (id, label, files, bytes)
        }
    }

    package let files: Int
    package let bytes: Int
    /// Bytes for each file; 0 without files.
    package let averageBytes: Double
    /// By bytes, most first.
    package let byFormat: [FormatUsage]
    /// By bytes, most first; at most 100.
    package let byVersion: [VersionUsage]

    package init(files: Int, bytes: Int, averageBytes: Double, byFormat: [FormatUsage], byVersion: [VersionUsage]) {
        (self.files, self.bytes, self.averageBytes, self.byFormat, self.byVersion) = (files, bytes, averageBytes, byFormat, byVersion)
    }
}
