import Digests
import Domain
import FoundationEssentials
import Primitives

/// The manifest that Postgres writes with a base backup: every file of the data folder with its SHA-256.
///
/// It is checked here and not by `pg_verifybackup`, which ends with a segmentation fault in the build that `deploy/setup` installs.
/// Source: PostgreSQL 18, "Backup Manifest Format".
package struct DataManifest: Sendable {
    private struct File: Decodable, Sendable {
        let path: String?
        let encodedPath: String?
        let size: Int64
        let algorithm: String?
        let checksum: String?

        enum CodingKeys: String, CodingKey {
            case path = "Path", encodedPath = "Encoded-Path", size = "Size", algorithm = "Checksum-Algorithm", checksum = "Checksum"
        }

        /// Names that are not UTF-8 are written in hexadecimal.
        var name: String? { path ?? encodedPath.flatMap { [UInt8](hexadecimal: $0) }.map { String(decoding: $0, as: UTF8.self) } }
    }

    private struct Range: Decodable {
        let timeline: UInt32
        let start: LogPosition
        let end: LogPosition

        enum CodingKeys: String, CodingKey { case timeline = "Timeline", start = "Start-LSN", end = "End-LSN" }
    }

    private struct Content: Decodable {
        let files: [File]
        let ranges: [Range]

        enum CodingKeys: String, CodingKey { case files = "Files", ranges = "WAL-Ranges" }
    }

    private let files: [File]
    /// Timeline, beginning and end of the log that the backup needs.
    let range: (timeline: UInt32, start: LogPosition, end: LogPosition)

    /// Reads the manifest at `path`.
    package init(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path), let content = try? JSONDecoder().decode(Content.self, from: data),
            let first = content.ranges.first, let last = content.ranges.last
        else { throw BackupFault.damaged("cannot be read", file: "backup_manifest") }
        files = content.files
        range = (last.timeline, first.start, last.end)
    }

    /// Compares every file below `folder`.
    ///
    /// - Returns: how many.
    /// - Throws: `E_BACKUP_DAMAGED` that names the first one that is missing or another.
    @discardableResult
    package func verify(_ folder: String) async throws -> Int {
        let files = files
        return try await BlockingWork.run { isCancelled in
            for file in files {
                if isCancelled() { throw CancellationError() }
                guard let name = file.name, !name.split(separator: "/").contains(".."), file.algorithm == "SHA256" else {
                    throw BackupFault.damaged("names a file that cannot be checked", file: "backup_manifest")
                }
                guard let parts = try? FileParts("\(folder)/\(name)") else { throw BackupFault.damaged("is missing", file: name) }
                var digest = SHA256()
                var bytes: Int64 = 0
                while true {
                    let part = try parts.next()
                    if part.isEmpty { break }
                    digest.update(part)
                    bytes += Int64(part.count)
                }
                guard bytes == file.size, digest.finalize().hexadecimal == file.checksum else {
                    throw BackupFault.damaged("is not the one of its manifest", file: name)
                }
            }
            return files.count
        }
    }
}
