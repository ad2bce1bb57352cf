import Digests
import EmbeddedServices
package import FoundationEssentials
import Glibc
import Postgres
import Primitives
import Storage

/// What a backup says about itself; lies beside it as `FILE.json`.
package struct BackupManifest: Sendable, Hashable, Codable {
    /// Name of the file, without its folder.
    package let file: String
    /// What wrote it; `pg_restore` reads it.
    package let format: String
    package let bytes: Int
    /// Of the file, in hexadecimal.
    package let sha256: String
    package let createdAt: Date
    package let database: String
    package let serverVersion: String
    /// Release of the product that wrote it.
    package let productVersion: String
    /// The migrations that its schema has.
    package let migrations: [String]
    /// Tables whose rows are in it.
    package let tables: Int
}

extension OperatorDatabase {
    /// Longest time for a backup.
    private static let backupLimit = Duration.seconds(6 * 3600)

    /// Writes the whole database to `path` by `pg_dump`, from one snapshot, while others work on.
    ///
    /// The file and its manifest (`path` with `.json`) appear whole or not at all: both are written beside their places, read back, synced and
    /// renamed. Both have mode 600.
    /// - Parameter path: absolute; nothing may lie there.
    /// - Throws: ``OperatorFailure`` when something lies there, the programs of Postgres are not installed, or `pg_dump` fails.
    package func backUp(to path: String) async throws -> BackupManifest {
        guard !path.hasSuffix("/"), let name = path.split(separator: "/").last.map(String.init) else {
            throw OperatorFailure(.usage, "'\(path)' names no file.")
        }
        for file in [path, path + ".json"] where FileManager.default.fileExists(atPath: file) {
            throw OperatorFailure(.usage, "The file \(file) is there already.", hint: "Give another name; backups are never overwritten.")
        }
        let (dump, restore) = try (program("pg_dump"), program("pg_restore"))
        let schema = try await inspector.schema()
        // Not shared with another backup to the same place, which the link below decides.
        let mark = UUID().uuidString.prefix(8).lowercased()
        let (partial, partialManifest) = ("\(path).\(mark).part", "\(path).json.\(mark).part")
        try Self.makePrivate(partial)
        defer { for file in [partial, partialManifest] { _ = unsafe unlink(file) } }
        var variables = environment.filter { ["PATH", "HOME", "LANG", "LC_ALL", "TZ"].contains($0.key) }
        variables.merge(configuration.programEnvironment) { $1 }
        try await ChildProcess.run(
            dump, arguments: ["--format=custom", "--no-password", "--file=\(partial)"], environment: variables, limit: Self.backupLimit)
        // What cannot be listed cannot be restored.
        let list = try await ChildProcess.run(restore, arguments: ["--list", partial], environment: variables, limit: Self.backupLimit)
        let (bytes, sha256) = try await BlockingWork.run { isCancelled in try Self.digest(partial, isCancelled) }
        let manifest = BackupManifest(
            file: name, format: "pg_dump custom", bytes: bytes, sha256: sha256, createdAt: Date(), database: schema.database,
            serverVersion: schema.serverVersion, productVersion: Product.version, migrations: schema.migrations.map(\.name),
            tables: list.split(separator: "\n").count { $0.contains(" TABLE DATA ") })
        try Self.makePrivate(partialManifest)
        try Data(try Self.encoder.encode(manifest)).write(to: URL(filePath: partialManifest))
        for file in [partial, partialManifest] { try Self.sync(file, O_RDONLY) }
        for (from, to) in [(partial, path), (partialManifest, path + ".json")] {
            // Not rename: a file that came meanwhile is not replaced.
            guard unsafe link(from, to) == 0 else { throw OperatorFailure(.failed, "The file \(to) cannot be made (errno \(errno)).") }
        }
        try Self.sync(path.dropLast(name.utf8.count).isEmpty ? "." : String(path.dropLast(name.count)), O_RDONLY | O_DIRECTORY)
        return manifest
    }

    private func program(_ name: String) throws -> String {
        guard let path = Executables.postgresProgram(name, environment: environment) else {
            throw OperatorFailure(.failed, "\(name) is not installed.", hint: "Run deploy/setup, or set PORTOLAN_POSTGRES_DIR.")
        }
        return path
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    private static func makePrivate(_ path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw OperatorFailure(.failed, "The file \(path) cannot be written (errno \(errno)).") }
        close(descriptor)
    }

    private static func sync(_ path: String, _ flags: Int32) throws {
        let descriptor = unsafe open(path, flags | O_CLOEXEC)
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw OperatorFailure(.failed, "\(path) cannot be synced to disk (errno \(errno)).")
        }
        close(descriptor)
    }

    private static func digest(_ path: String, _ isCancelled: () -> Bool) throws -> (bytes: Int, sha256: String) {
        let parts = try FileParts(path)
        var digest = SHA256()
        var bytes = 0
        while true {
            if isCancelled() { throw CancellationError() }
            let part = try parts.next()
            if part.isEmpty { return (bytes, digest.finalize().hexadecimal) }
            digest.update(part)
            bytes += part.count
        }
    }
}
