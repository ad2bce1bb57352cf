package import FoundationEssentials

/// What the pipeline reads and writes. Every write is guarded by the lease: by its fence, by the job's state and by a stop request.
///
/// Methods that take a ``JobLease`` throw ``LeaseLoss`` when the guard refuses, after which nothing has been written, and ``Fault`` when
/// the database fails; a cancelled call leaves a whole transaction or none.
package protocol IngestionStore: Sendable {
    /// The job under `lease` as it stands.
    func job(_ lease: JobLease) async throws -> Job

    /// Moves the job to `status`, which must be the next stage, and sets its entry percent. Idempotent when it is there already.
    func advance(_ lease: JobLease, to status: JobStatus) async throws

    /// Stores percent, counts and stage times; numbers never fall.
    func report(_ lease: JobLease, percent: Int, counts: JobCounts, stageSeconds: [String: Double]) async throws

    // MARK: Crawl

    /// What this job's crawl recorded so far, in order: the checkpoint after a crash.
    func crawlRecords(_ lease: JobLease) async throws -> [CrawlRecord]

    /// Records outcomes; an address that is there already stays as it is.
    func record(_ lease: JobLease, _ records: [CrawlRecord]) async throws

    /// The serialized content of the pages that this job fetched, for `paths`, in the order of `paths`, one for each that is staged.
    func stagedContents(_ lease: JobLease, paths: [String]) async throws -> [(path: String, content: [UInt8])]

    /// The pages of the documentation as of the last publication, by path.
    func storedPages(_ documentation: DocumentationID) async throws -> [String: StoredPage]

    /// How far the dates that the site lists can be trusted.
    func listingTrust(_ documentation: DocumentationID) async throws -> ListingTrust

    /// Remembers whether the crawl saw all there is, so that deletions are safe.
    func finishCrawl(_ lease: JobLease, complete: Bool) async throws

    /// What ``finishCrawl(_:complete:)`` remembered; nil before it ran.
    func crawlWasComplete(_ lease: JobLease) async throws -> Bool?

    // MARK: Sections and vectors

    /// State of the documentation's published sections.
    func publishedState(_ documentation: DocumentationID) async throws -> PublishedState

    /// Pages with a section that was cut in another way than `chunking`, or that lacks a vector of `profile`: their text is needed again,
    /// although it may not have changed.
    func stalePages(_ documentation: DocumentationID, chunking: String, profile: EmbeddingProfile?) async throws -> Set<String>

    /// Those of `checksums` that have no vector of `profile`.
    func checksumsWithoutVector(_ checksums: [[UInt8]], profile: EmbeddingProfile) async throws -> Set<[UInt8]>

    /// Stores vectors by checksum; one that is there already stays. Adds their number to the job's embedded chunks in the same transaction.
    func saveVectors(_ lease: JobLease, profile: EmbeddingProfile, _ vectors: [(checksum: [UInt8], vector: [Float])]) async throws

    /// Applies `publication` and stores `counts` in one transaction: readers see all of it or nothing.
    func publish(_ lease: JobLease, _ publication: Publication, counts: JobCounts) async throws

    /// Ends the job as COMPLETED at 100 percent, in one transaction with the publication where there is one.
    func complete(_ lease: JobLease, _ publication: Publication?, counts: JobCounts, stageSeconds: [String: Double]) async throws
}

/// One address that a crawl saw, what became of it, and what is staged of it.
package struct CrawlRecord: Sendable {
    package var outcome: PageOutcome
    /// Path under which the page is stored; nil for an address that is no page of the documentation.
    package var path: String?
    /// Title of the page; nil unless fetched.
    package var title: String?
    /// Serialized page content; nil unless fetched with a new text, and not read back by ``IngestionStore/crawlRecords(_:)``.
    package var content: [UInt8]?
    /// Whether content is staged for the page.
    package var isStaged: Bool
    /// Of the page's text; nil unless fetched.
    package var textChecksum: [UInt8]?
    /// Of what readers see of the page, link targets included; nil unless fetched.
    package var contentChecksum: [UInt8]?
    package var etag: String?
    package var lastModified: String?
    /// As ``FetchedPage/tags``.
    package var tags: [String]
    /// The page as it was read; nil unless such are kept, and not read back.
    package var raw: RawPage?

    package init(
        outcome: PageOutcome, path: String? = nil, title: String? = nil, content: [UInt8]? = nil, isStaged: Bool? = nil,
        textChecksum: [UInt8]? = nil, contentChecksum: [UInt8]? = nil, etag: String? = nil, lastModified: String? = nil,
        tags: [String] = [], raw: RawPage? = nil
    ) {
        (self.tags, self.raw) = (tags, raw)
        self.outcome = outcome
        self.path = path
        self.title = title
        self.content = content
        self.isStaged = isStaged ?? (content != nil)
        self.textChecksum = textChecksum
        self.contentChecksum = contentChecksum
        self.etag = etag
        self.lastModified = lastModified
    }
}

/// A page as it was read.
package struct RawPage: Sendable, Hashable {
    package var contentType: PageContentType
    /// The character set that the server named.
    package var charset: String?
    /// After decompression.
    package var body: [UInt8]

    package init(contentType: PageContentType, charset: String?, body: [UInt8]) {
        (self.contentType, self.charset, self.body) = (contentType, charset, body)
    }
}

/// A page as of the last publication.
package struct StoredPage: Sendable {
    package var url: String
    package var title: String
    package var etag: String?
    package var lastModified: String?
    package var textChecksum: [UInt8]
    /// Of what readers see of the page: changes with the text, and also with a link target or a mark alone.
    package var contentChecksum: [UInt8]
    package var links: [String]
    /// When the site's own list said that the page changed, as it stood when the page was last asked for.
    package var listedAt: String?
    /// As ``FetchedPage/tags``.
    package var tags: [String]
    /// When the page was last asked for, as far as that was written down; nil before it is stored.
    package var askedAt: Date?

    package init(
        url: String, title: String, etag: String?, lastModified: String?, textChecksum: [UInt8], contentChecksum: [UInt8], links: [String],
        listedAt: String? = nil, tags: [String] = [], askedAt: Date? = nil
    ) {
        (self.listedAt, self.tags, self.askedAt) = (listedAt, tags, askedAt)
        self.url = url
        self.title = title
        self.etag = etag
        self.lastModified = lastModified
        self.textChecksum = textChecksum
        self.contentChecksum = contentChecksum
        self.links = links
    }
}

/// What is published of a documentation, as far as a delta needs it.
package struct PublishedState: Sendable {
    package struct Entry: Sendable {
        package let page: String
        package let checksum: [UInt8]
        /// How the section was cut into chunks; a section that was cut otherwise counts as changed.
        package let chunking: String

        package init(page: String, checksum: [UInt8], chunking: String) {
            self.page = page
            self.checksum = checksum
            self.chunking = chunking
        }
    }

    /// By section path.
    package var sections: [String: Entry]
    /// Fingerprints of blocks that were found to be boilerplate.
    package var boilerplate: Set<UInt64>
    /// Paths of pages that the last complete crawl missed and did not delete.
    package var heldBack: Set<String>

    package init(sections: [String: Entry], boilerplate: Set<UInt64>, heldBack: Set<String> = []) {
        self.sections = sections
        self.boilerplate = boilerplate
        self.heldBack = heldBack
    }
}
