/// A block of a page with the blocks inside it.
struct NotionBlock: Decodable, Sendable {
    /// What the types have in their field of the same name; each has some of it.
    struct Payload: Decodable, Sendable {
        struct Source: Decodable, Sendable {
            let block_id: NotionID?
        }
        struct Link: Decodable, Sendable {
            let url: String?
        }
        struct Icon: Decodable, Sendable {
            let emoji: String?
        }

        let rich_text: [NotionText]?
        let caption: [NotionText]?
        let title: String?
        let checked: Bool?
        let language: String?
        let url: String?
        let name: String?
        let expression: String?
        let cells: [[NotionText]]?
        let has_column_header: Bool?
        let icon: Icon?
        let external: Link?
        let synced_from: Source?
        let page_id: NotionID?
        let database_id: NotionID?
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    let id: NotionID
    let type: String
    let hasChildren: Bool
    let isGone: Bool
    /// Nil for types without anything to read.
    let payload: Payload?
    var children: [NotionBlock] = []

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        id = try container.decode(NotionID.self, forKey: Key(stringValue: "id"))
        type = try container.decode(String.self, forKey: Key(stringValue: "type"))
        hasChildren = try container.decodeIfPresent(Bool.self, forKey: Key(stringValue: "has_children")) ?? false
        isGone = try ["archived", "in_trash"].contains { try container.decodeIfPresent(Bool.self, forKey: Key(stringValue: $0)) == true }
        // A type of a later version may have fields of the same name and another shape: it is left out, not the page.
        payload = try? container.decodeIfPresent(Payload.self, forKey: Key(stringValue: type))
    }
}
