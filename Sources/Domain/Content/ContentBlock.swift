/// One leaf of a page: a heading, a paragraph, a list item, a whole code fence, a whole table.
///
/// A page is a flat list of blocks in reading order; nesting (quotes, list items) lives in the prefixes of `markdown` only, so that a
/// page can be cut between any two blocks.
package struct ContentBlock: Sendable, Hashable {
    /// What the block is, which decides how it may be cut and whether it opens a section.
    package enum Kind: Sendable, Hashable {
        /// A heading of level 1...6.
        case heading(level: Int)
        /// A definition that can be linked to, such as the signature of a function; `depth` is 0 for an outermost one.
        case definition(depth: Int)
        /// A paragraph, a list item or a line of a quote.
        case paragraph
        /// A code block. `language` is empty when unknown.
        case code(language: String)
        /// A table, of which the first `headerLines` lines of `text` are the header.
        case table(headerLines: Int)
        /// A horizontal rule.
        case rule
    }

    /// What the block is.
    package let kind: Kind
    /// The block as Markdown, without a line break at its end.
    package let markdown: String
    /// The block as plain text: no link targets, no emphasis, code without its fence, one line for each table row.
    package let text: String
    /// The fragment that leads to the block, for headings and definitions that have one.
    package let anchor: String?
    /// What stands between the block before it and this one in Markdown, beginning with a line break.
    package let separator: String
    /// A hash of the text when the block is little but links, as navigation is; otherwise nil.
    package let navigationFingerprint: UInt64?

    /// Makes a block; see the properties.
    package init(
        kind: Kind, markdown: String, text: String, anchor: String? = nil, separator: String = "\n\n", navigationFingerprint: UInt64? = nil
    ) {
        self.kind = kind
        self.markdown = markdown
        self.text = text
        self.anchor = anchor
        self.separator = separator
        self.navigationFingerprint = navigationFingerprint
    }
}

extension Sequence where Element == ContentBlock {
    /// The blocks as one Markdown text, without a line break at its end.
    package var markdown: String {
        var result = ""
        for block in self {
            if !result.isEmpty { result += block.separator }
            result += block.markdown
        }
        return result
    }
}
