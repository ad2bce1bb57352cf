import Domain
import FoundationEssentials
import ObjectStorage
import Operations
import Policy
import Primitives
import TestSupport

/// A target in a folder of its own.
func withTarget<Result>(key: BackupKey? = nil, _ body: (BackupTarget, _ folder: String) async throws -> Result) async throws -> Result {
    try await withTemporaryDirectory { folder in
        let store = LocalObjectStore(root: folder + "/store", gates: GateRegistry())
        return try await body(BackupTarget(store: store, key: key, work: folder + "/work"), folder)
    }
}

/// A file with `bytes` in it.
func write(_ bytes: [UInt8], to path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

/// What is in a file.
func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// A key made of one digit.
func backupKey(_ digit: Character) throws -> BackupKey { try BackupKey(Redacted(String(repeating: digit, count: 64))) }

/// A manifest with the given times and nothing in it.
func base(_ id: String, start: Date, minutes: Double = 1, cluster: String = "1", at position: LogPosition = LogPosition(value: 0x200_0028))
    -> BaseBackup
{
    BaseBackup(
        id: id, cluster: cluster, startedAt: start, finishedAt: start.addingTimeInterval(minutes * 60), database: "portolan",
        serverVersion: "18", productVersion: "1", migrations: [], timeline: 1, start: position,
        end: position, isEncrypted: false, files: [], rows: [:], artifacts: [])
}

/// The fault that `body` throws.
func fault(_ body: () async throws -> Void) async -> Fault? {
    do {
        try await body()
        return nil
    } catch { return error as? Fault }
}
