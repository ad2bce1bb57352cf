import Domain

/// A value of a page, or a column of a data source.
struct NotionProperty: Decodable, Sendable {
    struct Option: Decodable, Sendable {
        let name: String?
    }
    struct Span: Decodable, Sendable {
        let start: String?
        let end: String?
    }
    struct Formula: Decodable, Sendable {
        let string: String?
        let number: Double?
        let boolean: Bool?
        let date: Span?
    }
    struct Relation: Decodable, Sendable {
        let id: NotionID?
    }
    struct Serial: Decodable, Sendable {
        let prefix: String?
        let number: Int?
    }
    /// A value, unless it is there in another shape: the column of a data source has the same name with its configuration.
    struct Lenient<Value: Decodable & Sendable>: Decodable, Sendable {
        let value: Value?
        init(from decoder: any Decoder) throws { value = try? decoder.singleValueContainer().decode(Value.self) }
    }

    let type: String
    let title: [NotionText]?
    private let text: [NotionText]?
    private let words: String?
    private let number: Double?
    private let isChecked: Bool?
    private let options: [Option]?
    private let span: Span?
    private let formula: Formula?
    private let relations: [Relation]?
    private let serial: Serial?

    private enum Key: String, CodingKey {
        case type, title, rich_text, number, select, multi_select, status, date, people, files, checkbox, url, email, phone_number, formula
        case relation, unique_id, rollup, created_time
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        func value<Value: Decodable & Sendable>(_ key: Key, _ type: Value.Type = Value.self) -> Value? {
            (try? values.decodeIfPresent(Lenient<Value>.self, forKey: key))?.value
        }
        type = try values.decode(String.self, forKey: .type)
        title = value(.title)
        text = value(.rich_text)
        words = value(.url) ?? value(.email) ?? value(.phone_number) ?? value(.created_time)
        number = value(.number)
        isChecked = value(.checkbox)
        let one: Option? = value(.select) ?? value(.status)
        options = value(.multi_select) ?? value(.people) ?? value(.files) ?? one.map { [$0] }
        span = value(.date)
        formula = value(.formula) ?? value(.rollup)
        relations = value(.relation)
        serial = value(.unique_id)
    }

    /// The value as Markdown in one line; empty for none, and for types without a text.
    var markdown: String {
        switch type {
        case "title": title?.line ?? ""
        case "rich_text": text?.line ?? ""
        case "number": number.map(Self.text) ?? ""
        case "checkbox": isChecked.map { $0 ? "yes" : "no" } ?? ""
        case "select", "status", "multi_select", "people", "files":
            (options ?? []).compactMap(\.name).map { MarkdownText.escaped($0[...], startsLine: false) }.joined(separator: ", ")
        case "date": span.map(Self.text) ?? ""
        case "url", "email", "phone_number", "created_time": words.map { MarkdownText.escaped($0[...], startsLine: false) } ?? ""
        case "formula", "rollup":
            formula?.string.map { MarkdownText.escaped($0[...], startsLine: false) } ?? formula?.number.map(Self.text)
                ?? formula?.boolean.map { $0 ? "yes" : "no" } ?? formula?.date.map(Self.text) ?? ""
        case "relation":
            (relations ?? []).compactMap { NotionLocation.page($0.id) }.map { "<\($0.description)>" }.joined(separator: ", ")
        case "unique_id": serial?.number.map { number in (serial?.prefix.map { "\($0)-" } ?? "") + "\(number)" } ?? ""
        default: ""
        }
    }

    private static func text(_ number: Double) -> String {
        number.rounded() == number && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }

    private static func text(_ span: Span) -> String { [span.start, span.end].compactMap(\.self).joined(separator: " to ") }
}
