import Domain
import MCP

/// A JSON body: its decoding says which members there are, ``fields`` what they mean and within which bounds.
protocol RequestBody: Decodable, Sendable {
    /// One line for people.
    static var note: String { get }
    /// Every member that its decoding asks for, in the order in which they are shown.
    static var fields: [BodyField] { get }
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
    /// The limit that `value` breaks, in words; nil when it breaks none.
    let broken: @Sendable (_ value: JSONValue) -> String?

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
}

/// Which characters a text has: a predicate, and the same as a pattern of ECMA-262.
struct TextRule: Sendable {
    let pattern: String
    /// The rule in words.
    let words: String
    let holds: @Sendable (String) -> Bool

    /// A name: something that can be seen, and no control characters.
    static let name = TextRule(
        pattern: "^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$",
        words: "visible text without control characters"
    ) { text in
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } && text.contains { !$0.isWhitespace }
    }

    /// A question: at least two characters between the white space, and none that a database cannot hold.
    static let question = TextRule(
        pattern: "^\\s*[^\\s\\u0000][^\\u0000]*[^\\s\\u0000]\\s*$", words: "2 characters or more that are not white space around it"
    ) { text in
        !text.unicodeScalars.contains { $0.value == 0 }
            && text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).count >= 2
    }

    /// A glob as `URLPattern` reads it, as far as characters go.
    static let glob = TextRule(
        pattern: "^[^\\u0000- \\u007f\\[\\]{}\\\\]+$", words: "no white space, brackets, braces or backslashes"
    ) { text in
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && !"[]{}\\".unicodeScalars.contains($0) }
    }
}
