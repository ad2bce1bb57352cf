package import FoundationEssentials

/// What a verification found after a job; part of the reply to `GET /v1/jobs/{job_id}/report`.
package struct VerificationDetail: Sendable, Hashable, Codable {
    /// Something that is not as it should be.
    package struct Problem: Sendable, Hashable, Codable {
        /// Stable code, such as `E_VERIFY_VECTORS`.
        package var code: String
        /// One sentence, with numbers.
        package var message: String

        /// - Parameters: see the properties.
        package init(code: String, message: String) { (self.code, self.message) = (code, message) }
    }

    /// What is there beside what should be.
    package struct Parity: Sendable, Hashable, Codable {
        /// What the tables hold.
        package var stored: Int
        /// What the last publication, or the statistics, counted.
        package var published: Int

        /// - Parameters: see the properties.
        package init(stored: Int, published: Int) { (self.stored, self.published) = (stored, published) }
    }

    /// A question made from a section, and what a search for it gave.
    package struct Sample: Sendable, Hashable, Codable {
        /// The question.
        package var query: String
        /// Path of the section that it was made from.
        package var path: String
        /// URL of the section.
        package var url: String
        /// Its place among the results, from 1; nil when it is not among the first ten.
        package var rank: Int?
        /// Score of the result, 0 to 1.
        package var confidence: Double?
        /// What the search shows of it.
        package var evidence: String?
        /// `hybrid` or `keyword_fallback`.
        package var searchMode: String

        /// - Parameters: see the properties.
        package init(
            query: String, path: String, url: String, rank: Int?, confidence: Double?, evidence: String?, searchMode: String
        ) {
            (self.query, self.path, self.url, self.rank) = (query, path, url, rank)
            (self.confidence, self.evidence, self.searchMode) = (confidence, evidence, searchMode)
        }

        package enum CodingKeys: String, CodingKey {
            case query, path, url, rank, confidence, evidence
            case searchMode = "search_mode"
        }
    }

    /// The job.
    package var jobID: String
    /// Its documentation.
    package var documentationID: String
    /// When it was looked at.
    package var verifiedAt: Date
    /// Whether nothing is wrong.
    package var readyForQueries: Bool
    /// What is wrong.
    package var problems: [Problem]
    /// Pages that are stored.
    package var pages: Int
    /// Sections.
    package var sections: Parity
    /// Sections whose page is not there.
    package var sectionsWithoutPage: Int
    /// Sections that no search can find.
    package var sectionsWithoutChunks: Int
    /// Chunks.
    package var chunks: Parity
    /// Model of the vectors; nil for a documentation that is searched by words only.
    package var embeddingModel: String?
    /// Chunks that lack a vector of it.
    package var chunksWithoutVector: Int
    /// Terms of the chunks, beside those of the statistics.
    package var terms: Parity
    /// Questions, three to five.
    package var samples: [Sample]

    /// - Parameters: see the properties.
    package init(
        jobID: String, documentationID: String, verifiedAt: Date, readyForQueries: Bool, problems: [Problem], pages: Int, sections: Parity,
        sectionsWithoutPage: Int, sectionsWithoutChunks: Int, chunks: Parity, embeddingModel: String?, chunksWithoutVector: Int,
        terms: Parity, samples: [Sample]
    ) {
        (self.jobID, self.documentationID, self.verifiedAt) = (jobID, documentationID, verifiedAt)
        (self.readyForQueries, self.problems, self.pages) = (readyForQueries, problems, pages)
        (self.sections, self.sectionsWithoutPage) = (sections, sectionsWithoutPage)
        (self.sectionsWithoutChunks, self.chunks, self.embeddingModel) = (sectionsWithoutChunks, chunks, embeddingModel)
        (self.chunksWithoutVector, self.terms, self.samples) = (chunksWithoutVector, terms, samples)
    }

    package enum CodingKeys: String, CodingKey {
        case jobID = "job_id"
        case documentationID = "documentation_id"
        case verifiedAt = "verified_at"
        case readyForQueries = "ready_for_queries"
        case problems, pages, sections
        case sectionsWithoutPage = "sections_without_page"
        case sectionsWithoutChunks = "sections_without_chunks"
        case chunks
        case embeddingModel = "embedding_model"
        case chunksWithoutVector = "chunks_without_vector"
        case terms, samples
    }
}

/// Reply to `GET /v1/jobs/{job_id}/report` and `GET /v1/documentation/ingestion/{job_id}/report`.
package struct JobReportDetail: Sendable, Hashable, Codable {
    /// The job.
    package var job: JobDetail
    /// What was found after it; nil while nobody has looked, which for a job that did not complete is always.
    package var verification: VerificationDetail?

    /// - Parameters: see the properties.
    package init(job: JobDetail, verification: VerificationDetail?) { (self.job, self.verification) = (job, verification) }
}
