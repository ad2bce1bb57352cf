/// What the doctor found.
package struct DoctorReport: Sendable, Codable, Equatable {
    /// A place where files, rows and pointers differ.
    package struct Issue: Sendable, Codable, Hashable {
        package enum Kind: String, Sendable, Codable, CaseIterable {
            /// A row names an artifact whose file is missing or has another size.
            case missingArtifact = "missing_fs_artifact"
            /// A row names an extracted file that is missing or has another size.
            case missingFile = "missing_fs_extracted_file"
            /// A file below `artifacts/` that no row names.
            case orphanArtifact = "orphan_artifact_file"
            /// A file below `extracted/` that no row names.
            case orphanFile = "orphan_extracted_file"
            /// `LATEST.json` says something else than the database, or is missing.
            case latestMismatch = "latest_mismatch"
            /// The latest version has no bytes, or `LATEST.json` cannot be read or names nothing that there is.
            case latestInvalid = "latest_invalid"

            /// Whether readers of the catalog would miss something.
            package var isError: Bool { self == .missingArtifact || self == .missingFile }
        }

        package var kind: Kind
        /// Second part of the keys.
        package var slot: String
        package var version: String?
        /// Key in the object store.
        package var key: String
        package var detail: String
        package var isFixed: Bool
    }

    package var issues: [Issue]
    /// Objects that were looked at.
    package var objects: Int
    /// Objects that rows name.
    package var rows: Int

    /// Missing and orphaned objects to all that there should be, 0 to 1.
    package var drift: Double {
        let apart = issues.count { $0.kind != .latestMismatch && $0.kind != .latestInvalid && !$0.isFixed }
        let orphans = issues.count { $0.kind == .orphanArtifact || $0.kind == .orphanFile }
        return Double(apart) / Double(max(rows + orphans, 1))
    }

    /// Issues by kind.
    package var counts: [Issue.Kind: Int] { Dictionary(issues.map { ($0.kind, 1) }, uniquingKeysWith: +) }
}
