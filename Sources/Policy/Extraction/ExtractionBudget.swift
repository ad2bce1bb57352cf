/// The running totals of one archive. The caller adds to them what the gates let pass.
package struct ExtractionBudget: Sendable, Hashable {
    /// Size of the archive in bytes.
    package let archiveBytes: Int64
    /// Entries so far.
    package private(set) var entries = 0
    /// Bytes of all entries so far: declared ones in a pre-scan, real ones while extracting.
    package private(set) var bytes: Int64 = 0
    /// Time since the extraction began, which the caller sets before it asks.
    package var elapsed = Duration.zero

    /// - Parameter archiveBytes: size of the archive in bytes.
    package init(archiveBytes: Int64) { self.archiveBytes = archiveBytes }

    /// Counts an entry that ``ExtractionGate`` let pass.
    package mutating func countEntry() { entries += 1 }

    /// Adds bytes that ``ExtractionStreamGate`` let pass, or a declared size in a pre-scan. Not negative.
    package mutating func add(bytes count: Int64) {
        let (sum, overflows) = bytes.addingReportingOverflow(count)
        bytes = overflows ? .max : sum
    }
}

/// One entry of an archive, as its header declares it.
package struct ExtractionEntry: Sendable, Hashable {
    /// What an entry is.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case file, folder, symbolicLink, hardLink, device, pipe, socket, unknown
    }

    package let path: CheckedPath
    package let kind: Kind
    /// Size in bytes from the header; `nil` when the format does not say.
    package let declaredBytes: Int64?
    /// Bytes of the archive that the entry takes up to now: all of them from its header, or what was read for it while extracting; `nil`
    /// when the format does not say.
    package var compressedBytes: Int64?

    package init(_ path: CheckedPath, _ kind: Kind, declaredBytes: Int64?, compressedBytes: Int64? = nil) {
        self.path = path
        self.kind = kind
        self.declaredBytes = declaredBytes
        self.compressedBytes = compressedBytes
    }
}
