/// A statement with its parameters: interpolated values become `$1`, `$2`, …, never text.
///
/// ```swift
/// let sql: SQL = "SELECT title FROM page WHERE id = \(id) AND language = ANY(\(languages))"
/// ```
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text, with numbered placeholders.
    package private(set) var text: String
    private(set) var parameters: ParameterBuffer
    /// Where the placeholders stand in the text, as UTF-8 offsets, in order.
    private var placeholders: [Range<Int>]

    /// A statement without parameters; `text` must not hold values from outside.
    package init(stringLiteral text: String) {
        (self.text, parameters, placeholders) = (text, ParameterBuffer(), [])
    }

    package init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    /// A statement from text that the program holds as a file, such as a migration; may hold several statements where that is allowed.
    package init(script text: String) { self.init(stringLiteral: text) }

    /// Appends `fragment`, whose parameters are renumbered.
    package mutating func append(_ fragment: SQL) {
        if fragment.placeholders.isEmpty {
            text += fragment.text
        } else {
            let utf8 = fragment.text.utf8
            var position = 0
            for (index, range) in fragment.placeholders.enumerated() {
                text += Self.slice(utf8, position, range.lowerBound)
                appendPlaceholder(number: parameters.slots.count + index + 1)
                position = range.upperBound
            }
            text += Self.slice(utf8, position, utf8.count)
        }
        parameters.append(contentsOf: fragment.parameters)
    }

    /// The two statements one after the other.
    package static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    fileprivate mutating func append(text more: String) { text += more }

    fileprivate mutating func append(value: some PostgresEncodable) {
        value.encode(into: &parameters)
        appendPlaceholder(number: parameters.slots.count)
    }

    fileprivate mutating func refuse(_ failure: String) { parameters.failure = parameters.failure ?? failure }

    private mutating func appendPlaceholder(number: Int) {
        let start = text.utf8.count
        text += "$\(number)"
        placeholders.append(start..<text.utf8.count)
    }

    private static func slice(_ utf8: String.UTF8View, _ start: Int, _ end: Int) -> Substring {
        Substring(utf8[utf8.index(utf8.startIndex, offsetBy: start)..<utf8.index(utf8.startIndex, offsetBy: end)])
    }
}

extension SQL {
    /// Collects the pieces of a statement.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = SQL(stringLiteral: "")

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { sql.append(text: literal) }

        /// A value: becomes a bound parameter.
        package mutating func appendInterpolation(_ value: some PostgresEncodable) { sql.append(value: value) }

        /// A value or NULL. Beside the one above, because the compiler takes an optional that meets a generic parameter for a mistake.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) { sql.append(value: value) }

        /// A part of a statement with parameters of its own.
        package mutating func appendInterpolation(_ fragment: SQL) { sql.append(fragment) }

        /// Text that is part of the program.
        package mutating func appendInterpolation(raw text: StaticString) { sql.append(text: "\(text)") }

        /// The name of a table, column, channel or other object: quoted, so that any name without a NUL is safe.
        package mutating func appendInterpolation(identifier name: String) {
            if name.utf8.contains(0) { sql.refuse("An identifier holds a NUL character.") }
            sql.append(text: SQL.quoted(identifier: name))
        }
    }

    static func quoted(identifier name: String) -> String {
        var quoted = "\""
        for character in name.unicodeScalars {
            if character == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "\""
    }
}
