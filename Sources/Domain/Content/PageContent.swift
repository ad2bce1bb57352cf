/// What was read from the bytes of one page.
package struct PageContent: Sendable, Hashable {
    /// The address that the page was read from; relative links were resolved against it, or against the page's own base.
    package let url: String
    /// The title: the first first-level heading, or the document title without the site's suffix, or the last path segment. Never empty.
    package let title: String
    /// The content in reading order, without navigation, headers and footers.
    package let blocks: [ContentBlock]
    /// The absolute http and https addresses that the whole page links to, navigation included, in order, without fragments and repeats.
    package let links: [String]
    /// Whether the page links to more than ``links`` holds, because there is a limit to that.
    package let isMissingLinks: Bool
    /// The absolute address that the page names as its canonical one.
    package let canonical: String?
    /// The language tag of the page, such as `en`.
    package let language: String?
    /// Whether the page asks robots not to index it.
    package let isExcludedFromIndex: Bool
    /// Whether the page asks robots not to follow its links.
    package let isExcludedFromFollowing: Bool
    /// SHA-256 of the extracted text alone, 32 bytes: changes of markup, link targets and navigation leave it as it is.
    package let textChecksum: [UInt8]

    /// Makes a page; see the properties.
    package init(
        url: String, title: String, blocks: [ContentBlock], links: [String] = [], isMissingLinks: Bool = false, canonical: String? = nil,
        language: String? = nil,
        isExcludedFromIndex: Bool = false, isExcludedFromFollowing: Bool = false, textChecksum: [UInt8]
    ) {
        self.url = url
        self.title = title
        self.blocks = blocks
        self.links = links
        self.isMissingLinks = isMissingLinks
        self.canonical = canonical
        self.language = language
        self.isExcludedFromIndex = isExcludedFromIndex
        self.isExcludedFromFollowing = isExcludedFromFollowing
        self.textChecksum = textChecksum
    }

    /// The fingerprints of the blocks that look like navigation, for finding what repeats over pages.
    package var fingerprints: Set<UInt64> { Set(blocks.compactMap(\.navigationFingerprint)) }
}
