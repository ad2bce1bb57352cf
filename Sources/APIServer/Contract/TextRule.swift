import Domain
import Retrieval

/// Which characters a text has: a predicate, and the same as a pattern of ECMA-262.
///
/// Both go by Unicode scalars, and the patterns name them by number: what `\s` and `\w` stand for differs from one engine to the next.
struct TextRule: Sendable {
    let pattern: String
    /// The rule in words.
    let words: String
    let holds: @Sendable (String) -> Bool

    /// White space, inside of brackets.
    private static let space = "\\u0009-\\u000d \\u0085\\u00a0\\u1680\\u2000\\u2001\\u2002-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
    /// Control characters that are no white space, inside of brackets.
    private static let control = "\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f"

    /// Text of any kind: white space is its only control character.
    static let text = TextRule(pattern: "^[^\(control)]*$", words: "no control characters") { text in
        !text.unicodeScalars.contains(where: \.isInvisibleControl)
    }

    /// A name: something that can be seen, and no control characters.
    static let name = TextRule(
        pattern: "^[^\\u0000-\\u001f\\u007f]*[^\(space)\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$",
        words: "visible text without control characters"
    ) { text in
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            && text.unicodeScalars.contains { !$0.properties.isWhitespace }
    }

    /// A question: at least two characters between the white space, none of them a control character.
    static let question = TextRule(
        pattern: "^[\(space)]*[^\(space)\(control)][^\(control)]*[^\(space)\(control)][\(space)]*$",
        words: "2 characters or more that are not white space around it, and no control characters"
    ) { text in
        text.withoutSurroundingSpace.unicodeScalars.count >= 2 && !text.unicodeScalars.contains(where: \.isInvisibleControl)
    }

    /// The name of a group, as an identity provider gives it.
    static let group = TextRule(pattern: "^[^\\u0000-\\u001f]+$", words: "no control characters") { text in
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    }

    /// A cursor, as far as its form goes; the use case knows which it gave out.
    static let cursor = TextRule(pattern: SearchCursor.pattern, words: "next_cursor of the page before") { text in
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// A glob as `URLPattern` reads it, as far as characters go.
    static let glob = TextRule(
        pattern: "^[^\\u0000- \\u007f\\[\\]{}\\\\]+$", words: "no white space, brackets, braces or backslashes"
    ) { text in
        !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && !"[]{}\\".unicodeScalars.contains($0) }
    }
}
