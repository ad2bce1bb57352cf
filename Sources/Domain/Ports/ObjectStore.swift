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
