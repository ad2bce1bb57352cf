import Domain
import FoundationEssentials
import Postgres

/// Reads a section; the caller adds a column `content`.
enum SectionRow {
    static let columns: SQL = """
        s.id, s.documentation_id, l.name as library, v.version, s.path, s.parent_path, s.title, s.heading_path, s.level::int as level,
        s.url, s.summary, s.token_count, s.fetched_at
        """

    /// Tags of the section's page, for ``section(_:tags:)``.
    static let tags: SQL = """
        (select p.tags from portolan.page p where p.documentation_id = s.documentation_id and p.path = s.page_path) as tags
        """

    static let tables: SQL = """
        portolan.section s join portolan.documentation d on d.id = s.documentation_id
        join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
        """

    /// - Parameter tags: what the row has in ``tags``, where it was asked for.
    static func section(_ row: Row, tags: [String] = []) throws -> Section {
        Section(
            documentation: DocumentationID(try row.decode("documentation_id", as: UUID.self)),
            library: try row.decode("library", as: String.self), version: try row.decode("version", as: String.self),
            path: try row.decode("path", as: String.self), parentPath: try row.decode("parent_path", as: String?.self),
            title: try row.decode("title", as: String.self), headingPath: try row.decode("heading_path", as: [String].self),
            level: Int(try row.decode("level", as: Int32.self)), url: try row.decode("url", as: String.self),
            summary: try row.decode("summary", as: String.self), content: try row.decode("content", as: String.self),
            tokens: Int(try row.decode("token_count", as: Int32.self)), fetchedAt: try row.decode("fetched_at", as: Date.self), tags: tags)
    }
}
