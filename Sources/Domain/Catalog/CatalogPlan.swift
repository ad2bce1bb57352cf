package import FoundationEssentials

/// A plan as it was kept: what a list of sources led to.
package struct CatalogPlan: Sendable, Hashable {
    /// SHA-256 of the lockfile, 64 hexadecimal digits.
    package var id: String
    /// SHA-256 of the text of the sources, 64 hexadecimal digits.
    package var sourcesHash: String
    /// JSON.
    package var lockfile: String
    package var createdAt: Date

    package init(id: String, sourcesHash: String, lockfile: String, createdAt: Date) {
        (self.id, self.sourcesHash, self.lockfile, self.createdAt) = (id, sourcesHash, lockfile, createdAt)
    }
}
