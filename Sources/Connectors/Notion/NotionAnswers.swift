/// The parts of Notion's answers that are read.
enum NotionAnswers {
    /// A list, page by page.
    struct List<Element: Decodable & Sendable>: Decodable, Sendable {
        let results: [Element]
        let next_cursor: String?
        let has_more: Bool
    }

    /// A page or a data source, as search and queries give it; what is neither has no identifier that is used.
    struct Item: Decodable, Sendable {
        let object: String
        let id: NotionID
        let last_edited_time: String
        let archived: Bool?
        let is_archived: Bool?
        let in_trash: Bool?
        let parent: Parent
        /// Of a data source: where its database is.
        let database_parent: Parent?
        /// Of a data source: its name.
        let title: [NotionText]?
        let description: [NotionText]?
        /// Values of a page, or the columns of a data source.
        let properties: [String: NotionProperty]

        /// In the trash or archived: gone for readers.
        var isGone: Bool { archived == true || is_archived == true || in_trash == true }

        /// The title without marks.
        var name: String {
            let texts = object == "page" ? properties.values.first { $0.type == "title" }?.title : title
            let name = (texts ?? []).map(\.plain_text).joined().split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return name.isEmpty ? "Untitled" : name
        }
    }

    /// Where something lies.
    struct Parent: Decodable, Sendable {
        let type: String
        let page_id: NotionID?
        let block_id: NotionID?
        let database_id: NotionID?
        let data_source_id: NotionID?
    }

    /// `GET /v1/blocks/{id}` and `GET /v1/data_sources/{id}`, for the parent alone.
    struct Place: Decodable, Sendable {
        let parent: Parent
        let database_parent: Parent?
    }
}
