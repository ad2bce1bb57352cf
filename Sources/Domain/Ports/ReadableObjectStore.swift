/// An object store whose objects can be taken out again: where backups lie, and what they copy.
package protocol ReadableObjectStore: ObjectStore {
    /// Writes the object under `key` into a new file at the absolute path `path`, part by part.
    ///
    /// - Throws: ``Fault``: `E_NOT_FOUND` when there is no object, else as the other methods. What was written so far stays.
    func fetch(_ key: String, to path: String) async throws
}
