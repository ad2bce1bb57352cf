import Domain
import MCP

/// A JSON body: its decoding says which members there are, ``fields`` what they mean and within which bounds.
protocol RequestBody: Decodable, Sendable {
    /// One line for people.
    static var note: String { get }
    /// Every member that its decoding asks for, in the order in which they are shown.
    static var fields: [BodyField] { get }
    /// Two members of which a body has one at most; empty for none.
    static var alternatives: [String] { get }
}

extension RequestBody {
    static var alternatives: [String] { [] }
}

/// A member of a body.
struct BodyField: Sendable {
    let name: String
    /// One line for people.
    let note: String
    let bounds: FieldBounds
    var example: JSONValue?

    init(_ name: String, _ note: String, _ bounds: FieldBounds = .any, example: JSONValue? = nil) {
        (self.name, self.note, self.bounds, self.example) = (name, note, bounds, example)
    }
}

/// Bounds that a member is held to before its value is used, and how the description words them. A value of another type passes: decoding
/// refuses it.
struct FieldBounds: Sendable {
    /// Keywords of JSON Schema beside the type.
    let keywords: JSONObject
    /// What each item of a list is, where that is a body of its own.
    var items: (any RequestBody.Type)?
    /// The limit that `value` breaks, in words; nil when it breaks none.
    let broken: @Sendable (_ value: JSONValue) -> String?

    init(keywords: JSONObject, items: (any RequestBody.Type)? = nil, broken: @escaping @Sendable (_ value: JSONValue) -> String?) {
        (self.keywords, self.items, self.broken) = (keywords, items, broken)
    }

    /// All values of the type.
    static let any = FieldBounds(keywords: [:]) { _ in nil }

    /// A whole number.
    static func integer(_ range: ClosedRange<Int>, default fallback: Int? = nil) -> FieldBounds {
        var keywords: JSONObject = ["minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        if let fallback { keywords["default"] = .integer(fallback) }
        return FieldBounds(keywords: keywords) { value in
            guard case .integer(let number) = value, !range.contains(number) else { return nil }
            return "\(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// A text.
    /// - Parameters:
    ///   - length: in Unicode scalars, as JSON Schema counts.
    ///   - rule: which characters.
    ///   - format: what it is, where a pattern cannot tell; the use case reads it.
    static func text(_ length: ClosedRange<Int>, _ rule: TextRule? = nil, format: String? = nil) -> FieldBounds {
        var keywords: JSONObject = ["minLength": .integer(length.lowerBound), "maxLength": .integer(length.upperBound)]
        if let rule { keywords["pattern"] = .string(rule.pattern) }
        if let format { keywords["format"] = .string(format) }
        return FieldBounds(keywords: keywords) { value in
            guard case .string(let text) = value else { return nil }
            guard length.contains(text.unicodeScalars.count) else { return "\(length.lowerBound) to \(length.upperBound) characters" }
            if let rule, !rule.holds(text) { return rule.words }
            return nil
        }
    }

    /// A list whose items have bounds of their own.
    static func list(_ count: ClosedRange<Int>, of item: FieldBounds) -> FieldBounds {
        FieldBounds(keywords: ["maxItems": .integer(count.upperBound), "items": .object(item.keywords)]) { value in
            guard case .array(let items) = value else { return nil }
            guard count.contains(items.count) else { return "\(count.lowerBound) to \(count.upperBound) items" }
            return items.lazy.compactMap { item.broken($0) }.first
        }
    }

    /// A list of objects, each with members and bounds of its own.
    static func list(_ count: ClosedRange<Int>, of item: any RequestBody.Type) -> FieldBounds {
        FieldBounds(keywords: ["maxItems": .integer(count.upperBound)], items: item) { value in
            guard case .array(let items) = value, !count.contains(items.count) else { return nil }
            return "\(count.lowerBound) to \(count.upperBound) items"
        }
    }
}
