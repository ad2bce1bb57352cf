package import FoundationEssentials

/// Compares the tables of the index with each other. Methods throw ``Fault``, transient when the database is away.
package protocol IndexAudit: Sendable {
    /// What is there of each kind, what is missing and what is left over, at one moment. Reads every section, chunk and vector.
    func parity() async throws -> [IndexParity]

    /// Removes vectors that no chunk needs, and asks for the sources of documentations that lack something: their pages are read anew as far as
    /// needed, by jobs as usual.
    ///
    /// - Returns: vectors removed, and sources asked for. Documentations whose source is paused wait.
    func repair() async throws -> (removed: Int, requested: Int)

    /// When the last reconciliation ended; nil before the first one.
    func lastReconciliation() async throws -> Date?
}

/// One kind of what the index is made of.
package struct IndexParity: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case sections, chunks, vectors, files
    }

    package var kind: Kind
    /// What there should be, and what is left over.
    package var total: Int
    package var missing: Int
    package var orphans: Int

    package init(_ kind: Kind, total: Int, missing: Int, orphans: Int) {
        (self.kind, self.total, self.missing, self.orphans) = (kind, total, missing, orphans)
    }

    /// Share of what is missing or left over, 0 to 1.
    package var drift: Double { Double(missing + orphans) / Double(max(total, missing + orphans, 1)) }
}
