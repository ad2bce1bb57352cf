package import Domain
import FoundationEssentials
package import Policy
import Primitives

/// Objects as files below a folder of this machine, or of a volume that several machines share.
package struct LocalObjectStore: ObjectStore {
    let root: String
    let gates: StoreGates
    let beforeRename: @Sendable () throws -> Void

    /// Longest `LATEST.json` in bytes.
    private static let latestLimit = 4096

    /// - Parameters:
    ///   - root: absolute path of a folder, which is made with the first write.
    ///   - gates: decides on keys, and counts.
    ///   - beforeRename: called when a write is on the disk and not yet under its key: where a test lets it crash.
    package init(root: String, gates: GateRegistry, beforeRename: @escaping @Sendable () throws -> Void = {}) {
        var root = root
        while root.utf8.count > 1, root.hasSuffix("/") { root.removeLast() }
        (self.root, self.gates, self.beforeRename) = (root, StoreGates(gates), beforeRename)
    }

    package var baseURL: String { "file://" + root }

    package func putFile(_ path: String, at key: String) async throws -> StoredObject {
        try await put(key) {
            let parts = try FileParts(path)
            return { try parts.next() }
        }
    }

    package func putBytes(_ bytes: [UInt8], at key: String) async throws -> StoredObject {
        try await put(key) {
            var rest = bytes
            return {
                defer { rest = [] }
                return rest
            }
        }
    }

    package func rename(_ key: String, to target: String) async throws {
        let exists = try await exists(key)
        let (source, target) = try gates.renaming(key, exists: exists, to: target)
        try await onDisk { folder in try folder?.move(source, to: target) }
    }

    package func delete(_ keys: [String]) async throws {
        let paths = try keys.map { try gates.changing("delete", $0) }
        try await onDisk { folder in for path in paths { _ = try folder?.remove(path) } }
    }

    package func exists(_ key: String) async throws -> Bool { try await stat(key) != nil }

    package func stat(_ key: String) async throws -> StoredObject? {
        let path = try gates.reading(key)
        return try await onDisk { folder in
            guard let entry = try folder?.entry(path), entry.kind == .file else { return nil }
            return Self.object(path, entry)
        }
    }

    package func list(prefix: String) async throws -> [StoredObject] {
        let path = prefix.isEmpty ? [] : try gates.reading(prefix)
        return try await onDisk { folder in
            guard let folder else { return [] }
            var found: [StoredObject] = []
            var open = [path]
            while let next = open.popLast() {
                for entry in try Self.entries(next, folder) where !entry.name.hasPrefix(".") {
                    if entry.kind == .folder { open.append(next + [entry.name]) }
                    if entry.kind == .file { found.append(Self.object(next + [entry.name], entry)) }
                }
            }
            return found.sorted { $0.key < $1.key }
        }
    }

    package func resolveURL(_ key: String) throws -> String { baseURL + "/" + (try gates.reading(key)).joined(separator: "/") }

    package func setLatestVersion(_ version: String, of slot: String) async throws {
        _ = try await putBytes(Array(try JSONEncoder().encode(LatestVersion(version: version))), at: slot + "/" + LatestVersion.name)
    }

    package func latestVersion(of slot: String) async throws -> String? {
        let path = try gates.reading(slot + "/" + LatestVersion.name)
        let bytes: [UInt8]? = try await onDisk { folder in
            guard let folder, try folder.entry(path) != nil else { return nil }
            return try folder.read(path, limit: Self.latestLimit)
        }
        return bytes.flatMap { try? JSONDecoder().decode(LatestVersion.self, from: Data($0)).version }
    }

    // MARK: Disk

    private func put(_ key: String, _ open: @escaping @Sendable () throws -> () throws -> [UInt8]) async throws -> StoredObject {
        let path = try gates.changing("put", key)
        let beforeRename = beforeRename
        let stored = try await onDisk(makes: true) { folder in
            try folder?.replace(path, next: try open(), beforeRename: beforeRename)
            return try folder?.entry(path).map { Self.object(path, $0) }
        }
        guard let stored else { throw Self.fault("the object is gone") }
        return stored
    }

    /// What is in the folder; nothing when it is missing.
    private static func entries(_ path: [String], _ folder: RootedFolder) throws(RootedFolder.Failure) -> [RootedFolder.Entry] {
        do throws(RootedFolder.Failure) {
            return try folder.entries(path)
        } catch {
            guard error.isMissing else { throw error }
            return []
        }
    }

    private static func object(_ path: [String], _ entry: RootedFolder.Entry) -> StoredObject {
        StoredObject(key: path.joined(separator: "/"), bytes: entry.bytes, modified: Double(entry.modified) / 1e9)
    }

    /// Runs `body` with the folder on a thread of its own; without it when it is missing and nothing is to be made.
    func onDisk<Result: Sendable>(
        makes: Bool = false, _ body: @escaping @Sendable (RootedFolder?) throws -> Result
    ) async throws -> Result {
        let root = root
        do {
            return try await BlockingWork.run { _ in try body(try Self.folder(root, makes: makes)) }
        } catch {
            guard let failure = error as? RootedFolder.Failure else { throw error }
            throw Self.fault(failure.description)
        }
    }

    static func folder(_ root: String, makes: Bool) throws(RootedFolder.Failure) -> RootedFolder? {
        do throws(RootedFolder.Failure) {
            return try RootedFolder(root, makes: makes)
        } catch {
            guard error.isMissing, !makes else { throw error }
            return nil
        }
    }

    static func fault(_ reason: String) -> Fault {
        Fault(
            .serviceUnavailable, code: "E_STORAGE", "The storage failed: \(reason).", field: "key",
            hint: "Check space and rights of the folder that PORTOLAN_STORAGE_URL names.", isTransient: true)
    }
}
