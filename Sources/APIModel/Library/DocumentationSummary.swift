package import FoundationEssentials

/// One documentation without its sections.
package struct DocumentationSummary: Sendable, Hashable, Codable {
    /// Identifier of the documentation.
    package var id: String
    /// Its library.
    package var library: String
    /// Its version.
    package var version: String
    /// The root URL.
    package var url: String
    /// Title of the root page.
    package var title: String
    /// How many sections it has.
    package var sectionCount: Int
    /// How many jobs there were.
    package var jobCount: Int
    /// State of the newest job.
    package var lastJobStatus: JobState?
    /// When a job last completed.
    package var lastSynced: Date?
    /// Model of its vectors; nil while there are none.
    package var embeddingModel: String?
    /// Dimension of its vectors.
    package var embeddingDimension: Int?
    /// When it was first asked for.
    package var createdAt: Date

    /// - Parameters: see the properties.
    package init(
        id: String, library: String, version: String, url: String, title: String, sectionCount: Int, jobCount: Int,
        lastJobStatus: JobState? = nil, lastSynced: Date? = nil, embeddingModel: String? = nil, embeddingDimension: Int? = nil,
        createdAt: Date
    ) {
        (self.id, self.library, self.version, self.url, self.title) = (id, library, version, url, title)
        (self.sectionCount, self.jobCount, self.lastJobStatus, self.lastSynced) = (sectionCount, jobCount, lastJobStatus, lastSynced)
        (self.embeddingModel, self.embeddingDimension, self.createdAt) = (embeddingModel, embeddingDimension, createdAt)
    }

    package enum CodingKeys: String, CodingKey {
        case id, library, version, url, title
        case sectionCount = "section_count"
        case jobCount = "job_count"
        case lastJobStatus = "last_job_status"
        case lastSynced = "last_synced"
        case embeddingModel = "embedding_model"
        case embeddingDimension = "embedding_dimension"
        case createdAt = "created_at"
    }
}

/// Reply to `GET /v1/documentation`: ordered by library, version and URL.
package struct DocumentationList: Sendable, Hashable, Codable {
    /// The documentations of this page.
    package var items: [DocumentationSummary]
    /// Where it lies among all.
    package var meta: PageMeta

    /// - Parameters: see the properties.
    package init(items: [DocumentationSummary], meta: PageMeta) { (self.items, self.meta) = (items, meta) }
}
