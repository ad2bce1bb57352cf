package import FoundationEssentials

/// One library version from one root URL.
package struct Documentation: Sendable {
    package var id: DocumentationID
    package var library: String
    package var version: String
    package var rootURL: String
    package var title: String
    package var sections: Int
    package var chunks: Int
    package var jobs: Int
    package var lastJobStatus: JobStatus?
    package var lastSynced: Date?
    package var createdAt: Date
    /// Model and dimension of the vectors that search uses for it.
    package var embeddingModel: String?
    package var embeddingDimension: Int?

    package init(
        id: DocumentationID, library: String, version: String, rootURL: String, title: String, sections: Int, chunks: Int, jobs: Int,
        lastJobStatus: JobStatus?, lastSynced: Date?, createdAt: Date, embeddingModel: String?, embeddingDimension: Int?
    ) {
        self.id = id
        self.library = library
        self.version = version
        self.rootURL = rootURL
        self.title = title
        self.sections = sections
        self.chunks = chunks
        self.jobs = jobs
        self.lastJobStatus = lastJobStatus
        self.lastSynced = lastSynced
        self.createdAt = createdAt
        self.embeddingModel = embeddingModel
        self.embeddingDimension = embeddingDimension
    }
}
