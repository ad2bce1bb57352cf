package import FoundationEssentials

/// One result of a search.
package struct SearchHit: Sendable, Hashable, Codable {
    /// Where a person reads it.
    package var url: String
    /// Title of the section.
    package var title: String
    /// Titles from the page down to the section.
    package var headingPath: [String]
    /// The passage that matched.
    package var excerpt: String
    /// Larger is better; comparable within one reply only.
    package var score: Double
    /// When the page was fetched.
    package var fetchedAt: Date
    /// Resource URI for MCP.
    package var sectionURI: String
    /// Library.
    package var library: String
    /// Version.
    package var version: String

    /// - Parameters: see the properties.
    package init(
        url: String, title: String, headingPath: [String], excerpt: String, score: Double, fetchedAt: Date, sectionURI: String,
        library: String, version: String
    ) {
        (self.url, self.title, self.headingPath, self.excerpt) = (url, title, headingPath, excerpt)
        (self.score, self.fetchedAt, self.sectionURI) = (score, fetchedAt, sectionURI)
        (self.library, self.version) = (library, version)
    }

    package enum CodingKeys: String, CodingKey {
        case url, title
        case headingPath = "heading_path"
        case excerpt, score
        case fetchedAt = "fetched_at"
        case sectionURI = "section_uri"
        case library, version
    }
}
