import Domain
import Policy

/// The gates in front of a store: `storage_gate` for what changes it, `filesystem_gate` for what only reads.
struct StoreGates: Sendable {
    private let gates: GateRegistry
    private let storage = StorageGate(bounds, field: "key")
    private let filesystem = FilesystemGate(bounds, field: "key")

    /// A file of an archive keeps its path, which may be as deep as archives may be, below root, slot and artifact.
    private static let bounds: FilesystemPolicy = {
        var policy = FilesystemPolicy()
        policy.maximumDepth = FilesystemPolicy.archive.maximumDepth + 3
        policy.maximumBytes = FilesystemPolicy.archive.maximumBytes + 256
        return policy
    }()

    init(_ gates: GateRegistry) { self.gates = gates }

    /// The segments of `key` for an operation that changes it.
    func changing(_ operation: String, _ key: String) throws(Fault) -> [String] {
        try gates.evaluate(storage, StorageGate.Request(operation, destination: key)).get().destination.segments
    }

    /// The segments of both keys of a rename.
    func renaming(_ source: String, exists: Bool, to target: String) throws(Fault) -> (source: [String], target: [String]) {
        let request = StorageGate.Request("rename", source: source, sourceExists: exists, destination: target)
        let permit = try gates.evaluate(storage, request).get()
        return (permit.source?.segments ?? [], permit.destination.segments)
    }

    /// The segments of `key`, which is only read.
    func reading(_ key: String) throws(Fault) -> [String] {
        try gates.evaluate(filesystem, Array(key.utf8)).get().segments
    }
}
