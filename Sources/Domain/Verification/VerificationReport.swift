package import FoundationEssentials

/// What was found when a documentation was looked at after a job: is everything there, and is it found?
package struct VerificationReport: Sendable, Hashable, Codable {
    /// Something that is not as it should be.
    package struct Problem: Sendable, Hashable, Codable {
        /// Stable, such as `E_VERIFY_VECTORS`.
        package var code: Code
        /// One sentence, with numbers, safe for strangers.
        package var message: String

        package init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }
    }

    /// The codes of problems.
    package enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// There is nothing to find.
        case empty = "E_VERIFY_EMPTY"
        /// Sections are missing, or belong to no page.
        case sections = "E_VERIFY_SECTIONS"
        /// Chunks are missing.
        case chunks = "E_VERIFY_CHUNKS"
        /// Chunks are longer than the model reads.
        case oversized = "E_VERIFY_OVERSIZED"
        /// Chunks have no vector.
        case vectors = "E_VERIFY_VECTORS"
        /// The statistics of words differ from the chunks.
        case terms = "E_VERIFY_TERMS"
        /// Sections are not found by their own words.
        case samples = "E_VERIFY_SAMPLES"
        /// The verification itself could not go on.
        case failed = "E_VERIFY_FAILED"

        /// What a metric calls it, such as `vectors`.
        package var label: String { rawValue.dropFirst("E_VERIFY_".count).lowercased() }
    }

    /// A question made from a section, and what a search for it gave.
    package struct Sample: Sendable, Hashable, Codable {
        package var query: String
        /// Path of the section that the question was made from.
        package var path: String
        package var url: String
        /// Place of the section, or of its page, among the results, from 1; nil when it is not among the first ten.
        package var rank: Int?
        /// Score of that result, 0 to 1; how sure the search is.
        package var confidence: Double?
        /// What the search shows of it.
        package var evidence: String?
        /// `hybrid` or `keyword_fallback`.
        package var mode: String

        package init(query: String, path: String, url: String, rank: Int?, confidence: Double?, evidence: String?, mode: String) {
            (self.query, self.path, self.url, self.rank) = (query, path, url, rank)
            (self.confidence, self.evidence, self.mode) = (confidence, evidence, mode)
        }
    }

    package var job: String
    package var documentation: String
    package var verifiedAt: Date
    /// Whether agents can rely on the documentation: no problem was found.
    package var isReady: Bool
    package var problems: [Problem]
    package var counts: VerificationCounts
    package var samples: [Sample]

    package init(
        job: JobID, documentation: DocumentationID, verifiedAt: Date, problems: [Problem], counts: VerificationCounts, samples: [Sample]
    ) {
        self.job = job.description
        self.documentation = documentation.description
        self.verifiedAt = verifiedAt
        isReady = problems.isEmpty
        (self.problems, self.counts, self.samples) = (problems, counts, samples)
    }
}

/// What the tables hold of a documentation.
package struct VerificationCounts: Sendable, Hashable, Codable {
    package var pages = 0
    package var sections = 0
    /// As the last publication counted them.
    package var recordedSections = 0
    /// Sections whose page is not there.
    package var sectionsWithoutPage = 0
    package var sectionsWithoutChunks = 0
    package var chunks = 0
    /// As the last publication counted them.
    package var recordedChunks = 0
    /// Model of the vectors that a search uses; nil without one.
    package var model: String?
    package var chunksWithoutVector = 0
    /// Chunks of more tokens than that model reads, whose end no vector knows; nil in reports from before they were counted.
    package var oversizedChunks: Int?
    /// Terms of all chunks.
    package var terms = 0
    /// Terms of all chunks, by the statistics that rank them.
    package var recordedTerms = 0

    package init() {}
}
