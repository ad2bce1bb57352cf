package import Domain
import FoundationEssentials
import Primitives

extension LocalObjectStore {
    /// A folder of the same disk is taken over by one rename; from another disk it is copied, file by file.
    package func putFolder(_ folder: String, files: [FolderFile], at prefix: String) async throws {
        let (path, beforeRename) = (try gates.changing("put", prefix), beforeRename)
        if try await onDisk(makes: true, { try $0?.adopt(folder, at: path, beforeRename: beforeRename) }) == true { return }
        let stored = Dictionary(try await list(prefix: prefix + "/").map { ($0.key, $0.bytes) }) { $1 }
        for file in files where stored["\(prefix)/\(file.path)"] != file.bytes {
            try Task.checkCancellation()
            _ = try await putFile("\(folder)/\(file.path)", at: "\(prefix)/\(file.path)")
        }
    }

    package func deleteFolder(_ prefix: String) async throws {
        let path = try gates.changing("delete", prefix)
        try await onDisk { _ = try $0?.removeFolder(path) }
    }

    package func sweep(before moment: Double) async throws {
        try await onDisk { try $0?.sweep(before: Int64(moment * 1e9)) }
    }
}
