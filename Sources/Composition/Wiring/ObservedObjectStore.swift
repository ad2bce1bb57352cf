package import Domain

/// A store that tells of what changes in it. Reads pass through.
package struct ObservedObjectStore: ReadableObjectStore {
    /// What happened to how many objects, with their bytes where they are known.
    package typealias Report = @Sendable (_ type: EventType, _ objects: Int, _ bytes: Int64) -> Void

    private let store: any ReadableObjectStore
    private let report: Report

    /// - Parameter report: called after each operation that succeeded.
    package init(_ store: any ReadableObjectStore, report: @escaping Report) { (self.store, self.report) = (store, report) }

    package var baseURL: String { store.baseURL }

    package func putFile(_ path: String, at key: String) async throws -> StoredObject {
        let object = try await store.putFile(path, at: key)
        report(.storagePut, 1, object.bytes)
        return object
    }

    package func putBytes(_ bytes: [UInt8], at key: String) async throws -> StoredObject {
        let object = try await store.putBytes(bytes, at: key)
        report(.storagePut, 1, object.bytes)
        return object
    }

    package func putFolder(_ folder: String, files: [FolderFile], at prefix: String) async throws {
        try await store.putFolder(folder, files: files, at: prefix)
        report(.storagePut, files.count, files.reduce(0) { $0 + $1.bytes })
    }

    package func rename(_ key: String, to target: String) async throws {
        try await store.rename(key, to: target)
        report(.storageMove, 1, 0)
    }

    package func delete(_ keys: [String]) async throws {
        try await store.delete(keys)
        if !keys.isEmpty { report(.storageDelete, keys.count, 0) }
    }

    package func deleteFolder(_ prefix: String) async throws {
        try await store.deleteFolder(prefix)
        report(.storageDelete, 1, 0)
    }

    package func setLatestVersion(_ version: String, of slot: String) async throws {
        try await store.setLatestVersion(version, of: slot)
        report(.storageLatest, 1, 0)
    }

    package func exists(_ key: String) async throws -> Bool { try await store.exists(key) }
    package func stat(_ key: String) async throws -> StoredObject? { try await store.stat(key) }
    package func list(prefix: String) async throws -> [StoredObject] { try await store.list(prefix: prefix) }
    package func resolveURL(_ key: String) throws -> String { try store.resolveURL(key) }
    package func sweep(before moment: Double) async throws { try await store.sweep(before: moment) }
    package func latestVersion(of slot: String) async throws -> String? { try await store.latestVersion(of: slot) }
    package func fetch(_ key: String, to path: String) async throws { try await store.fetch(key, to: path) }
}
