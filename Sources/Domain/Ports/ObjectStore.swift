/// Where raw artifacts are kept: downloaded archives, and whatever else is stored as a whole under a name.
///
/// A key is a relative path such as `archives/ab/cd`, checked by the gates. A write is there with all its bytes, or not at all. All methods
/// throw ``Fault``: `E_STORAGE` when the storage fails, `E_STORAGE_BUCKET`, `E_STORAGE_DENIED` and `E_STORAGE_REGION` when it is not set up
/// as the settings say, the gates' codes for keys that they refuse.
package protocol ObjectStore: Sendable {
    /// The address that all objects are below, without a slash at its end.
    var baseURL: String { get }

    /// Stores a local file under `key`, in place of what is there.
    func putFile(_ path: String, at key: String) async throws -> StoredObject

    /// Stores `bytes` under `key`, in place of what is there.
    func putBytes(_ bytes: [UInt8], at key: String) async throws -> StoredObject

    /// Gives an object another key, in place of what is there. Throws with `E_STORAGE_MOVE` when there is no object.
    func rename(_ key: String, to target: String) async throws

    /// Removes objects; keys without one are passed over.
    func delete(_ keys: [String]) async throws

    /// Whether there is an object.
    func exists(_ key: String) async throws -> Bool

    /// Size and time of an object; nil when there is none.
    func stat(_ key: String) async throws -> StoredObject?

    /// All objects whose keys begin with `prefix`, which ends with a slash or is empty, sorted by key.
    func list(prefix: String) async throws -> [StoredObject]

    /// The address of the object under `key`, whether there is one or not.
    func resolveURL(_ key: String) throws -> String

    /// Stores the files of a local folder below `prefix`, which may take the folder away. Those that are there with the same size stay.
    ///
    /// - Parameter files: what is in the folder, paths below it.
    func putFolder(_ folder: String, files: [FolderFile], at prefix: String) async throws

    /// Removes all objects whose keys begin with `prefix` and a slash.
    func deleteFolder(_ prefix: String) async throws

    /// Removes what writers left that ended in the middle of a write, before `moment` in seconds since 1970.
    func sweep(before moment: Double) async throws

    /// Notes `version` as the latest one of `slot` in `SLOT/LATEST.json`.
    func setLatestVersion(_ version: String, of slot: String) async throws

    /// What was noted last; nil when nothing was.
    func latestVersion(of slot: String) async throws -> String?
}

/// An object as the storage knows it.
package struct StoredObject: Sendable, Hashable {
    package let key: String
    /// Size in bytes.
    package let bytes: Int64
    /// Seconds since 1970 of the last write.
    package let modified: Double

    package init(key: String, bytes: Int64, modified: Double) {
        (self.key, self.bytes, self.modified) = (key, bytes, modified)
    }
}

/// A file of a local folder that is stored.
package struct FolderFile: Sendable, Hashable {
    /// Path below the folder.
    package let path: String
    /// Size in bytes.
    package let bytes: Int64

    package init(path: String, bytes: Int64) { (self.path, self.bytes) = (path, bytes) }
}

extension ObjectStore {
    package func putFolder(_ folder: String, files: [FolderFile], at prefix: String) async throws {
        let stored = Dictionary(try await list(prefix: prefix + "/").map { ($0.key, $0.bytes) }) { $1 }
        var waiting = files.filter { stored["\(prefix)/\($0.path)"] != $0.bytes }[...]
        try await withThrowingTaskGroup(of: Void.self) { group in
            // A storage behind a network is slow for one file and not for eight.
            var running = 0
            while let file = waiting.popFirst() {
                if running == 8 { try await group.next() } else { running += 1 }
                group.addTask { _ = try await putFile("\(folder)/\(file.path)", at: "\(prefix)/\(file.path)") }
            }
            try await group.waitForAll()
        }
    }

    package func deleteFolder(_ prefix: String) async throws {
        let keys = try await list(prefix: prefix + "/").map(\.key)
        if !keys.isEmpty { try await delete(keys) }
    }

    /// A storage whose writes leave nothing has nothing to sweep.
    package func sweep(before moment: Double) async throws {}
}
