import Domain
import FoundationEssentials

/// What became of the artifacts from one plan to the next, by name.
package struct LockfileDiff: Sendable, Hashable, Encodable {
    /// An artifact that is in both, and not the same.
    package struct Update: Sendable, Hashable, Encodable {
        package let id: String
        package let changes: [Change]
    }

    /// A property that differs; nil stands for none.
    package struct Change: Sendable, Hashable, Encodable {
        package let field: String
        package let old: String?
        package let new: String?
    }

    /// ``Lockfile/hash`` of the older one.
    package let older: String
    package let newer: String
    package let added: [LockedArtifact]
    package let removed: [LockedArtifact]
    package let updated: [Update]
    /// How many are the same.
    package let unchanged: Int

    package init(from older: Lockfile, to newer: Lockfile) {
        (self.older, self.newer) = (older.hash, newer.hash)
        let before = Dictionary(older.artifacts.map { ($0.id, $0) }) { first, _ in first }
        let after = Set(newer.artifacts.map(\.id))
        added = newer.artifacts.filter { before[$0.id] == nil }
        removed = older.artifacts.filter { !after.contains($0.id) }
        let common = newer.artifacts.compactMap { new in before[new.id].map { (old: $0, new: new) } }
        updated = common.compactMap { old, new in
            old == new ? nil : Update(id: new.id, changes: Self.changes(old, new))
        }
        unchanged = common.count - updated.count
    }

    /// Whether both are the same.
    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && updated.isEmpty }

    /// One line of JSON, as the catalog keeps it.
    package var json: String { String(decoding: CanonicalJSON.bytes(self), as: UTF8.self) }

    private static func changes(_ old: LockedArtifact, _ new: LockedArtifact) -> [Change] {
        let fields: [(String, String?, String?)] = [
            ("library", old.library, new.library), ("version", old.version, new.version), ("kind", old.kind, new.kind),
            ("url", old.url, new.url), ("bytes", old.bytes.map(String.init), new.bytes.map(String.init)), ("etag", old.etag, new.etag),
            ("sha256", old.sha256, new.sha256),
        ]
        return fields.filter { $0.1 != $0.2 }.map { Change(field: $0.0, old: $0.1, new: $0.2) }
    }
}
