/// Where sources bring the files that they read: through the boundaries of the catalog, so that each is kept, and known, or neither.
///
/// Methods throw ``Fault``, transient when storage or database are away or another job works on the same source; `CancellationError`.
package protocol ArtifactIntake: Sendable {
    /// Keeps a file that came from a source: the download boundary. The same bytes again are kept once.
    func download(_ arrival: ArtifactArrival) async throws -> KeptArtifact

    /// Keeps what came out of the artifact: the extraction boundary. The same files again are kept once.
    ///
    /// - Parameters:
    ///   - folder: a local folder with the files, which may be taken away; nil when the artifact is its own only file.
    ///   - files: paths below it, with size and SHA-256.
    func extract(_ artifact: KeptArtifact, folder: String?, files: [ArtifactFile]) async throws

    /// Lets the artifact go because of what is in it: its row stays with the reason, its bytes do not.
    func refuse(_ artifact: KeptArtifact, _ fault: Fault) async throws
}

/// A file that a source has read.
package struct ArtifactArrival: Sendable {
    /// Where its bytes are.
    package enum Content: Sendable {
        /// Path of a local file, which nobody changes.
        case file(String)
        case bytes([UInt8])
    }

    package var content: Content
    /// Size in bytes.
    package var size: Int64
    /// SHA-256, 64 hexadecimal digits.
    package var digest: String
    /// File name; what is longer than 255 characters is cut.
    package var name: String
    package var kind: SourceKind
    /// The address of the source, which the slot follows from.
    package var source: String
    /// The address that the bytes came from.
    package var url: String
    package var etag: String?
    package var lastModified: String?
    /// Nil outside jobs.
    package var job: RunningJob?
    /// The plan that asked for it.
    package var plan: String?

    package init(
        _ content: Content, size: Int64, digest: String, name: String, kind: SourceKind, source: String, url: String,
        etag: String? = nil, lastModified: String? = nil, job: RunningJob? = nil, plan: String? = nil
    ) {
        (self.content, self.size, self.digest, self.name) = (content, size, digest, name)
        (self.kind, self.source, self.url) = (kind, source, url)
        (self.etag, self.lastModified, self.job, self.plan) = (etag, lastModified, job, plan)
    }
}

/// An artifact behind the download boundary.
package struct KeptArtifact: Sendable, Hashable {
    package var slot: CatalogSlot
    package var version: String
    /// SHA-256, 64 hexadecimal digits.
    package var id: String
    package var storageKey: String
    package var job: RunningJob?

    package init(slot: CatalogSlot, version: String, id: String, storageKey: String, job: RunningJob?) {
        (self.slot, self.version, self.id, self.storageKey, self.job) = (slot, version, id, storageKey, job)
    }
}

/// A file that came out of an artifact.
package struct ArtifactFile: Sendable, Hashable {
    package var path: String
    /// Size in bytes.
    package var bytes: Int64
    /// SHA-256, 32 bytes.
    package var digest: [UInt8]

    package init(path: String, bytes: Int64, digest: [UInt8]) { (self.path, self.bytes, self.digest) = (path, bytes, digest) }
}
