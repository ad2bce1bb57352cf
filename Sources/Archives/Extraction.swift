package import Policy

/// What came out of an archive.
package struct Extraction: Sendable {
    /// A file that was written.
    package struct File: Sendable, Hashable {
        /// Path below the folder.
        package let path: CheckedPath
        /// Size in bytes.
        package let bytes: Int64
        /// SHA-256 of the content, 32 bytes.
        package let digest: [UInt8]
    }

    /// Absolute path of the folder that encapsulates all files; its name is ``digest``.
    package let folder: String
    /// SHA-256 of the archive in hexadecimal digits.
    package let digest: String
    /// In the order of the archive.
    package let files: [File]
    /// Paths that were left out because a name in them begins with a dot, in the order of the archive.
    package let hidden: [String]
}

/// The record of an extraction, written as `.extract.audit.json` beside what was extracted.
struct ExtractionAudit: Codable {
    struct File: Codable {
        let path: String
        let bytes: Int64
        let sha256: String
    }

    struct Limits: Codable {
        let entries: Int
        let fileBytes: Int64
        let entryRatio: Int64
        let totalRatio: Int64
        let seconds: Double
    }

    static let name = ".extract.audit.json"

    /// Of this record.
    var version = 1
    let archiveSHA256: String
    let archiveBytes: Int64
    let format: String
    let entries: Int
    let extractedBytes: Int64
    let limits: Limits
    let files: [File]
    let hidden: [String]
}
