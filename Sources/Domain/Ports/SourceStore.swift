package import FoundationEssentials

/// Reading the sources that documentations are fetched from.
package protocol SourceStore: Sendable {
    /// Ordered by library, version and location, with the number of all.
    func sources(limit: Int, offset: Int) async throws -> (sources: [Source], total: Int)
}

/// Where a documentation is fetched from, and how.
package struct Source: Sendable {
    package var id: Identifier<Source>
    /// Kind of the source, such as `website`.
    package var kind: String
    package var documentation: DocumentationID
    package var library: String
    package var version: String
    /// How the latest job that used it was asked to crawl.
    package var settings: IngestionSettings
    package var createdAt: Date

    package init(
        id: Identifier<Source>, kind: String, documentation: DocumentationID, library: String, version: String,
        settings: IngestionSettings, createdAt: Date
    ) {
        (self.id, self.kind, self.documentation, self.library) = (id, kind, documentation, library)
        (self.version, self.settings, self.createdAt) = (version, settings, createdAt)
    }
}
