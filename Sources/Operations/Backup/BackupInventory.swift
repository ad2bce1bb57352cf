package import Domain
import FoundationEssentials

/// The base backups of a target, and what looks like one and cannot be read.
package struct BackupInventory: Sendable {
    /// A manifest that is not as it was written, or is sealed with another key.
    package struct Unreadable: Sendable {
        /// Its key in the target.
        package let key: String
        /// The backup that it belongs to.
        package let backup: String
        package let fault: Fault
    }

    /// Oldest first.
    package var bases: [BaseBackup] = []
    /// In the order of their names, which is that of time.
    package var unreadable: [Unreadable] = []

    package init() {}

    /// Refuses to choose where the backup that is meant cannot be read: `id`, or every one that there is.
    ///
    /// - Throws: the fault of the manifest, which names it.
    package func requireReadable(_ id: String?) throws(Fault) {
        if let id {
            if let other = unreadable.first(where: { $0.backup == id }) { throw other.fault }
        } else if bases.isEmpty, let first = unreadable.first {
            throw first.fault
        }
    }
}

extension BackupTarget {
    /// Every base backup that has a manifest. One that cannot be read does not keep the others from being used.
    ///
    /// - Parameter cluster: only of this one; nil for all.
    /// - Throws: what keeps the target from being asked at all.
    package func inventory(of cluster: String? = nil) async throws -> BackupInventory {
        let prefix = cluster.map { "\($0)/bases/" } ?? ""
        var found = BackupInventory()
        for object in try await store.list(prefix: prefix) {
            let parts = object.key.split(separator: "/")
            guard parts.count == 4, parts[1] == "bases", parts[3] == "manifest.json" else { continue }
            do {
                let text = Data(try await bytes(object.key))
                guard let base = try? JSONDecoder.ofBackups.decode(BaseBackup.self, from: text) else {
                    throw BackupFault.damaged("is no manifest", file: object.key)
                }
                found.bases.append(base)
            } catch let fault as Fault where ["E_BACKUP_DAMAGED", "E_BACKUP_KEY"].contains(fault.code) {
                found.unreadable.append(.init(key: object.key, backup: String(parts[2]), fault: fault))
            }
        }
        found.bases.sort { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
        return found
    }
}
