package import FoundationEssentials

/// A section of a documentation as it is stored and read.
package struct Section: Sendable {
    package var documentation: DocumentationID
    package var library: String
    package var version: String
    package var path: String
    package var parentPath: String?
    package var title: String
    package var headingPath: [String]
    package var level: Int
    package var url: String
    package var summary: String
    /// Markdown; empty where a listing leaves it out.
    package var content: String
    package var tokens: Int
    package var fetchedAt: Date
    /// Tags of its page, see ``FetchedPage/tags``; empty where a listing leaves them out.
    package var tags: [String]

    package init(
        documentation: DocumentationID, library: String, version: String, path: String, parentPath: String?, title: String,
        headingPath: [String], level: Int, url: String, summary: String, content: String, tokens: Int, fetchedAt: Date,
        tags: [String] = []
    ) {
        self.documentation = documentation
        self.library = library
        self.version = version
        self.path = path
        self.parentPath = parentPath
        self.title = title
        self.headingPath = headingPath
        self.level = level
        self.url = url
        self.summary = summary
        self.content = content
        self.tokens = tokens
        self.fetchedAt = fetchedAt
        self.tags = tags
    }

    /// The address under which agents read the section: `portolan://documentation/{id}/section{path}`.
    package var uri: String { SectionURI(documentation: documentation, path: path).description }
}
