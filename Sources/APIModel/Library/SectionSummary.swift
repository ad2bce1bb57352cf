/// One section without its content.
package struct SectionSummary: Sendable, Hashable, Codable {
    /// Resource URI for MCP.
    package var uri: String
    /// Path, unique in the documentation.
    package var path: String
    /// Title.
    package var title: String
    /// First characters of the content.
    package var summary: String
    /// Heading level; the root of a page has the lowest.
    package var level: Int
    /// Size of the content in tokens of 4 bytes.
    package var tokens: Int
    /// Where a person reads it.
    package var url: String

    /// - Parameters: see the properties.
    package init(uri: String, path: String, title: String, summary: String, level: Int, tokens: Int, url: String) {
        (self.uri, self.path, self.title, self.summary) = (uri, path, title, summary)
        (self.level, self.tokens, self.url) = (level, tokens, url)
    }
}
