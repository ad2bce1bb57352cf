package import Domain

/// What is about to be published, as far as validators look at it.
package struct ValidationSubject: Sendable {
    /// A page that was read anew.
    package struct Page: Sendable {
        /// The name under which findings are kept: the path of its file in the version, or its path in the documentation.
        package var name: String
        /// The absolute addresses that it links to, without fragments.
        package var links: [String]
        /// Whether its text holds U+FFFD, which stands for bytes that are no text.
        package var isDamaged: Bool
        /// Of its text.
        package var checksum: [UInt8]
        /// Tokens of its longest chunk.
        package var longestChunk: Int

        package init(name: String, links: [String], isDamaged: Bool, checksum: [UInt8], longestChunk: Int) {
            (self.name, self.links, self.isDamaged) = (name, links, isDamaged)
            (self.checksum, self.longestChunk) = (checksum, longestChunk)
        }
    }

    package var pages: [Page]
    /// What came out of the version's artifacts; empty without a version.
    package var files: [ExtractedFile]
    /// Addresses that the crawl asked for and that do not exist.
    package var brokenLinks: Set<String>
    /// The folder that the version's files have their addresses in, with a slash at its end; nil when pages are not files.
    package var base: String?
    /// Tokens that a chunk may have.
    package var chunkLimit: Int

    package init(pages: [Page], files: [ExtractedFile], brokenLinks: Set<String>, base: String?, chunkLimit: Int) {
        (self.pages, self.files, self.brokenLinks) = (pages, files, brokenLinks)
        (self.base, self.chunkLimit) = (base, chunkLimit)
    }
}
