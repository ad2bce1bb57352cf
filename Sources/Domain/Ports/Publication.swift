package import FoundationEssentials

/// The change of a documentation that one job publishes.
package struct Publication: Sendable {
    /// A chunk with its lexical side.
    package struct Chunk: Sendable {
        package var ordinal: Int
        package var anchor: String
        package var headingPath: [String]
        package var text: String
        package var tokens: Int
        /// Of the text that is embedded.
        package var checksum: [UInt8]
        /// Saturated term frequency by term: the document side of BM25.
        package var terms: [Int32: Float]

        package init(
            ordinal: Int, anchor: String, headingPath: [String], text: String, tokens: Int, checksum: [UInt8], terms: [Int32: Float]
        ) {
            self.ordinal = ordinal
            self.anchor = anchor
            self.headingPath = headingPath
            self.text = text
            self.tokens = tokens
            self.checksum = checksum
            self.terms = terms
        }
    }

    /// A section that is new or changed.
    package struct ChangedSection: Sendable {
        package var pagePath: String
        package var anchor: String
        package var path: String
        package var parentPath: String?
        package var title: String
        package var headingPath: [String]
        package var level: Int
        package var ordinal: Int
        package var url: String
        package var summary: String
        package var content: String
        package var tokens: Int
        package var checksum: [UInt8]
        package var chunking: String
        package var chunks: [Chunk]

        package init(
            pagePath: String, anchor: String, path: String, parentPath: String?, title: String, headingPath: [String], level: Int,
            ordinal: Int, url: String, summary: String, content: String, tokens: Int, checksum: [UInt8], chunking: String, chunks: [Chunk]
        ) {
            self.pagePath = pagePath
            self.anchor = anchor
            self.path = path
            self.parentPath = parentPath
            self.title = title
            self.headingPath = headingPath
            self.level = level
            self.ordinal = ordinal
            self.url = url
            self.summary = summary
            self.content = content
            self.tokens = tokens
            self.checksum = checksum
            self.chunking = chunking
            self.chunks = chunks
        }
    }

    /// A section whose text is as published; its content is written when something else in it differs, such as a link target.
    package struct Reread: Sendable {
        package var path: String
        package var content: String
        package var tokens: Int

        package init(path: String, content: String, tokens: Int) {
            self.path = path
            self.content = content
            self.tokens = tokens
        }
    }

    package var documentation: DocumentationID
    /// Title of the start page; nil leaves it.
    package var title: String?
    /// The profile whose vectors search uses from now on; nil leaves it.
    package var profile: EmbeddingProfile?
    package var boilerplate: Set<UInt64>
    package var changed: [ChangedSection]
    package var reread: [Reread]
    /// Paths of sections to delete.
    package var deletedSections: [String]
    /// Pages that this job saw and whose facts are to be stored, by path; unchanged ones may be left out.
    package var pages: [String: StoredPage]
    package var deletedPages: [String]
    /// Pages whose deletion waits for the next complete crawl, remembered when the job ends; nil after a crawl that was not complete, which
    /// leaves what is remembered.
    package var heldBackPages: [String]?
    /// How far the dates that the site lists can be trusted from now on; nil leaves it.
    package var listingTrust: ListingTrust?
    /// When the pages were fetched.
    package var fetchedAt: Date
    /// No page was asked for before this.
    package var askedAt: Date
    /// The version of the catalog that the pages came from, which becomes the latest one when the job ends; nil when there is none.
    package var catalogVersion: String?

    package init(
        documentation: DocumentationID, title: String?, profile: EmbeddingProfile?, boilerplate: Set<UInt64>, changed: [ChangedSection],
        reread: [Reread] = [], deletedSections: [String], pages: [String: StoredPage], deletedPages: [String],
        heldBackPages: [String]? = nil, listingTrust: ListingTrust? = nil, fetchedAt: Date, askedAt: Date? = nil
    ) {
        self.listingTrust = listingTrust
        self.askedAt = askedAt ?? fetchedAt
        self.documentation = documentation
        self.title = title
        self.profile = profile
        self.boilerplate = boilerplate
        self.changed = changed
        self.reread = reread
        self.deletedSections = deletedSections
        self.pages = pages
        self.deletedPages = deletedPages
        self.heldBackPages = heldBackPages
        self.fetchedAt = fetchedAt
    }
}
