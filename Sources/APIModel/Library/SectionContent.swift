package import FoundationEssentials

/// Reply to `GET /v1/documentation/{id}/content?path=`: one section.
package struct SectionContent: Sendable, Hashable, Codable {
    /// Resource URI for MCP.
    package var uri: String
    /// Path, unique in the documentation.
    package var path: String
    /// Where a person reads it.
    package var url: String
    /// Title.
    package var title: String
    /// Titles from the page down to the section.
    package var headingPath: [String]
    /// The content as Markdown.
    package var content: String
    /// Whether the content was cut at the token budget.
    package var isTruncated: Bool
    /// When its page was fetched.
    package var fetchedAt: Date
    /// URLs that the content links to, in its order, at most 50.
    package var links: [String]
    /// Words that its provider files the page under, such as the labels of Confluence.
    package var tags: [String]

    /// - Parameters: see the properties.
    package init(
        uri: String, path: String, url: String, title: String, headingPath: [String], content: String, isTruncated: Bool = false,
        fetchedAt: Date, links: [String], tags: [String] = []
    ) {
        (self.uri, self.path, self.url, self.title, self.headingPath) = (uri, path, url, title, headingPath)
        (self.content, self.isTruncated, self.fetchedAt) = (content, isTruncated, fetchedAt)
        (self.links, self.tags) = (links, tags)
    }

    package enum CodingKeys: String, CodingKey {
        case uri, path, url, title
        case headingPath = "heading_path"
        case content
        case isTruncated = "truncated"
        case fetchedAt = "fetched_at"
        case links, tags
    }
}
