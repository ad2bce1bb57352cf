/// Where the artifacts of a plan are asked for and taken from: the web, behind the gates.
///
/// Methods throw ``Fault``, transient when another try may help; `CancellationError`.
package protocol ArtifactSupply: Sendable {
    /// What a server says about the file at `url`, without its bytes.
    func probe(_ url: String) async throws -> ProbedArtifact

    /// The addresses that the list at `url` names, in its order: lines of a text, or a list in JSON.
    func list(_ url: String) async throws -> [ListedArtifact]

    /// Reads the file at `url` into a folder of its own, and removes the folder after `body`.
    func take<Result>(_ url: String, _ body: (TakenArtifact) async throws -> Result) async throws -> Result

    /// Extracts an archive beside its file; of another kind, checks that the file can be read as what it should be.
    ///
    /// - Returns: the files. Paths are below the folder; without a folder, the artifact is its own only file.
    /// - Throws: ``Fault``, not transient for what is in the artifact.
    func unpack(_ artifact: TakenArtifact, kind: SourceKind) async throws -> (folder: String?, files: [ArtifactFile])
}

/// A file as its server describes it.
package struct ProbedArtifact: Sendable, Hashable {
    /// Size in bytes; nil when the server does not say.
    package var bytes: Int64?
    package var etag: String?

    package init(bytes: Int64? = nil, etag: String? = nil) { (self.bytes, self.etag) = (bytes, etag) }
}

/// An entry of a list.
package struct ListedArtifact: Sendable, Hashable {
    package var url: String
    /// 64 hexadecimal digits; nil when the list does not say.
    package var sha256: String?

    package init(url: String, sha256: String? = nil) { (self.url, self.sha256) = (url, sha256) }
}

/// A file that was read.
package struct TakenArtifact: Sendable {
    /// Where it came from.
    package var url: String
    /// Absolute path of the file.
    package var path: String
    /// Size in bytes.
    package var bytes: Int64
    /// SHA-256, 64 hexadecimal digits.
    package var digest: String
    package var etag: String?
    package var lastModified: String?

    package init(url: String, path: String, bytes: Int64, digest: String, etag: String?, lastModified: String?) {
        (self.url, self.path, self.bytes, self.digest) = (url, path, bytes, digest)
        (self.etag, self.lastModified) = (etag, lastModified)
    }

    /// The last part of the address.
    package var name: String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        return path.split(separator: "/").dropFirst(2).last.map(String.init) ?? "artifact"
    }
}
