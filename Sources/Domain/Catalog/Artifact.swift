package import FoundationEssentials

/// A file as it came from its source, such as an archive.
package struct Artifact: Sendable, Hashable {
    /// Where its bytes came from.
    package enum Status: String, Sendable, Hashable, CaseIterable {
        /// Read from the source and stored.
        case fresh
        /// Read again, with the bytes that were stored already.
        case cached
        /// Refused or lost: there are no bytes.
        case failed
    }

    /// SHA-256 of the bytes, 64 hexadecimal digits.
    package var id: String
    package var version: String
    package var status: Status
    /// File name, 1 to 255 characters.
    package var name: String
    /// Nil when it failed.
    package var storageKey: String?
    /// Size in bytes.
    package var bytes: Int64
    package var sourceURL: String
    package var etag: String?
    package var lastModified: String?
    /// Why it failed; nil otherwise.
    package var faultCode: String?
    package var fetchedAt: Date

    package init(
        id: String, version: String, status: Status, name: String, storageKey: String?, bytes: Int64, sourceURL: String,
        etag: String? = nil, lastModified: String? = nil, faultCode: String? = nil, fetchedAt: Date
    ) {
        (self.id, self.version, self.status, self.name, self.storageKey) = (id, version, status, name, storageKey)
        (self.bytes, self.sourceURL, self.etag, self.lastModified) = (bytes, sourceURL, etag, lastModified)
        (self.faultCode, self.fetchedAt) = (faultCode, fetchedAt)
    }
}
