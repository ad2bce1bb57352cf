import Digests
package import Domain
import FoundationEssentials

/// An artifact as it was found: where it is, and what it was there.
package struct LockedArtifact: Sendable, Hashable, Codable {
    package var id: String
    package var library: String
    package var version: String
    /// `archive` or `ontology`.
    package var kind: String
    /// The first address that answered.
    package var url: String
    /// Size in bytes; nil when the server does not say.
    package var bytes: Int64?
    package var etag: String?
    /// 64 lower-case hexadecimal digits; nil when nobody knows.
    package var sha256: String?

    package init(
        id: String, library: String, version: String, kind: String, url: String, bytes: Int64? = nil, etag: String? = nil,
        sha256: String? = nil
    ) {
        (self.id, self.library, self.version, self.kind, self.url) = (id, library, version, kind, url)
        (self.bytes, self.etag, self.sha256) = (bytes, etag, sha256)
    }
}

/// What a plan led to: which artifacts, from where, in which state. It holds no times, so that the same answers give the same bytes.
package struct Lockfile: Sendable, Hashable {
    /// Of the format.
    package static let schema = "portolan.lock/1"

    /// SHA-256 of the sources, 64 hexadecimal digits.
    package let sourcesHash: String
    /// By name.
    package let artifacts: [LockedArtifact]

    package init(sourcesHash: String, artifacts: [LockedArtifact]) {
        self.sourcesHash = sourcesHash
        self.artifacts = artifacts.sorted { $0.id < $1.id }
    }

    /// SHA-256 of the content, 64 hexadecimal digits: the name of the plan.
    package var hash: String {
        SHA256.hash(CanonicalJSON.bytes(Content(schema: Self.schema, sourcesHash: sourcesHash, artifacts: artifacts))).hexadecimal
    }

    // MARK: File

    private struct Content: Codable {
        var schema: String
        var hash: String?
        var sourcesHash: String
        var artifacts: [LockedArtifact]

        enum CodingKeys: String, CodingKey { case schema, hash, sourcesHash = "sources_hash", artifacts }
    }

    /// The lockfile as JSON for people, with a line break at its end.
    package var text: String {
        let content = Content(schema: Self.schema, hash: hash, sourcesHash: sourcesHash, artifacts: artifacts)
        return String(decoding: CanonicalJSON.bytes(content, isPretty: true), as: UTF8.self) + "\n"
    }

    /// Reads what ``text`` gives.
    ///
    /// - Throws: ``Domain/Fault`` `E_LOCK` for another format, and for content that does not fit its hash.
    package init(text: String) throws(Fault) {
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(text.utf8)) else {
            throw Fault(.validation, code: "E_LOCK", "The lockfile is not in the format of lockfiles.", field: "lock", hint: Self.remedy)
        }
        guard content.schema == Self.schema else {
            throw Fault(
                .validation, code: "E_LOCK", "The lockfile has another format.", field: "lock", limit: Self.schema, hint: Self.remedy)
        }
        self.init(sourcesHash: content.sourcesHash, artifacts: content.artifacts)
        guard content.hash == hash else {
            throw Fault(
                .validation, code: "E_LOCK", "The lockfile was changed after it was written: its content does not fit its hash.",
                field: "lock", hint: Self.remedy)
        }
    }

    private static let remedy = "Make it again with `portolan artifacts plan`."
}
