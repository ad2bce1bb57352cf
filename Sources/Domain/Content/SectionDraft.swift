/// A section of a page as it is going to be stored: the unit that agents read.
package struct SectionDraft: Sendable, Hashable {
    /// The path of the address; below the page's root section `#` and the anchor follow. Unique in a page.
    package let path: String
    /// The fragment within the page; empty for the root section.
    package let anchor: String
    /// The path of the page's root section, or nil when this is the root.
    package let parentPath: String?
    /// The heading, or the page's title for the root section. Plain text.
    package let title: String
    /// The titles from the page down to this section, itself included.
    package let headingPath: [String]
    /// 0 for the root, otherwise the level of the heading, 1...3.
    package let level: Int
    /// The position within the page, from 0.
    package let ordinal: Int
    /// The address of the section, with its fragment.
    package let url: String
    /// The text as Markdown, without white space around it.
    package let content: String
    /// The first 240 characters of the plain text.
    package let summary: String
    /// The length of `content` in tokens, at four bytes of UTF-8 each.
    package let tokenCount: Int
    /// SHA-256 over title, content as text, level and address, 32 bytes: link targets and marks such as bold leave it as it is.
    package let checksum: [UInt8]
    /// The blocks that make up `content`, for cutting into chunks.
    package let blocks: [ContentBlock]

    /// Makes a draft; see the properties.
    package init(
        path: String, anchor: String, parentPath: String?, title: String, headingPath: [String], level: Int, ordinal: Int, url: String,
        content: String, summary: String, tokenCount: Int, checksum: [UInt8], blocks: [ContentBlock]
    ) {
        self.path = path
        self.anchor = anchor
        self.parentPath = parentPath
        self.title = title
        self.headingPath = headingPath
        self.level = level
        self.ordinal = ordinal
        self.url = url
        self.content = content
        self.summary = summary
        self.tokenCount = tokenCount
        self.checksum = checksum
        self.blocks = blocks
    }
}
