import Digests
import Domain

/// The archives as they were taken in, in the object store: `archives/SOURCE/SHA-256`, where SOURCE is made from the address.
/// `archives/SOURCE/LATEST.json` names the last one.
struct RawArchives: Sendable {
    /// Archives kept of one source.
    static let kept = 5

    let store: any ObjectStore

    /// Keeps the file at `path`, whose SHA-256 in hexadecimal digits is `digest`, and removes what is too old.
    func keep(_ path: String, digest: String, of source: SiteURL) async throws {
        let slot = "archives/" + String(SHA256.hash(source.description).hexadecimal.prefix(16))
        let key = slot + "/" + digest
        if try await !store.exists(key) { _ = try await store.putFile(path, at: key) }
        if try await store.latestVersion(of: slot) != digest { try await store.setLatestVersion(digest, of: slot) }
        let others = try await store.list(prefix: slot + "/").filter { $0.key.hasSuffix("/LATEST.json") == false && $0.key != key }
        let old = others.sorted { ($0.modified, $0.key) > ($1.modified, $1.key) }.dropFirst(Self.kept - 1).map(\.key)
        if !old.isEmpty { try await store.delete(Array(old)) }
    }
}
