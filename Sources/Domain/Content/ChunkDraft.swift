/// A piece of a section, small enough for the embedding model: the unit that search finds.
package struct ChunkDraft: Sendable, Hashable {
    /// The path of the section that it was cut from.
    package let sectionPath: String
    /// The position within the section, from 0.
    package let ordinal: Int
    /// The plain text, with list markers and code fences; the headings that it starts with are in `headingPath` only.
    package let text: String
    /// What the model reads: heading path and text, white space collapsed.
    package let embeddingText: String
    /// The titles from the page down to the heading or definition under which the chunk starts.
    package let headingPath: [String]
    /// The fragment of the nearest heading or definition at the start of the chunk; empty at the top of a page.
    package let anchor: String
    /// The length of `embeddingText` in the profile's tokens.
    package let tokenCount: Int
    /// SHA-256 over `embeddingText`, 32 bytes.
    package let checksum: [UInt8]

    /// Makes a draft; see the properties.
    package init(
        sectionPath: String, ordinal: Int, text: String, embeddingText: String, headingPath: [String], anchor: String, tokenCount: Int,
        checksum: [UInt8]
    ) {
        self.sectionPath = sectionPath
        self.ordinal = ordinal
        self.text = text
        self.embeddingText = embeddingText
        self.headingPath = headingPath
        self.anchor = anchor
        self.tokenCount = tokenCount
        self.checksum = checksum
    }
}
