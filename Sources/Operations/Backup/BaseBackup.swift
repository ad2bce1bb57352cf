package import Domain
package import FoundationEssentials

/// What a base backup says about itself; stored last, so that a backup with a manifest is whole.
package struct BaseBackup: Sendable, Hashable, Codable, Identifiable {
    /// A stored file.
    package struct File: Sendable, Hashable, Codable {
        /// Key below the backup's folder.
        package var name: String
        /// Of the plain file.
        package var bytes: Int64
        /// Of the plain file, in hexadecimal.
        package var sha256: String
        /// Size of the object.
        package var storedBytes: Int64

        package init(name: String, bytes: Int64, sha256: String, storedBytes: Int64) {
            (self.name, self.bytes, self.sha256, self.storedBytes) = (name, bytes, sha256, storedBytes)
        }
    }

    /// Its name: the time at which it began, and some digits.
    package var id: String
    /// Which database cluster it is of: Postgres' system identifier.
    package var cluster: String
    package var startedAt: Date
    package var finishedAt: Date
    package var database: String
    package var serverVersion: String
    /// Release of the product that made it.
    package var productVersion: String
    /// The migrations that the schema has.
    package var migrations: [String]
    package var timeline: UInt32
    /// From here on the log is needed.
    package var start: LogPosition
    /// From here on the data are consistent.
    package var end: LogPosition
    /// Whether files are encrypted.
    package var isEncrypted: Bool
    package var files: [File]
    /// Rows by table of the schema when it began.
    package var rows: [String: Int]
    /// Objects of the object storage that the rows named then; their copies lie beside the backups.
    package var artifacts: [File]

    package init(
        id: String, cluster: String, startedAt: Date, finishedAt: Date, database: String, serverVersion: String, productVersion: String,
        migrations: [String], timeline: UInt32, start: LogPosition, end: LogPosition, isEncrypted: Bool, files: [File],
        rows: [String: Int], artifacts: [File]
    ) {
        (self.id, self.cluster, self.startedAt, self.finishedAt) = (id, cluster, startedAt, finishedAt)
        (self.database, self.serverVersion, self.productVersion) = (database, serverVersion, productVersion)
        (self.migrations, self.timeline, self.start, self.end) = (migrations, timeline, start, end)
        (self.isEncrypted, self.files, self.rows, self.artifacts) = (isEncrypted, files, rows, artifacts)
    }

    /// Bytes of the stored files, artifacts aside.
    package var storedBytes: Int64 { files.reduce(0) { $0 + $1.storedBytes } }

    /// A name for a backup that begins at `date`: sorted by name they are sorted by time.
    package static func name(at date: Date, random: UInt32 = .random(in: .min ... .max)) -> String {
        let text: String = date.formatted(.iso8601)
        let digits = String(text.filter { !"-:".contains($0) }).lowercased()
        let mark = String(random, radix: 16)
        return digits + "-" + String(repeating: "0", count: 8 - mark.count) + mark
    }
}

extension JSONEncoder {
    /// How what is stored beside backups is written.
    static var ofBackups: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }
}

extension JSONDecoder {
    /// The counterpart of `JSONEncoder.ofBackups`.
    static var ofBackups: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}
