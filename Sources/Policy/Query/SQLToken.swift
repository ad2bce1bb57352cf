/// A piece of a statement's text.
enum SQLToken: Hashable {
    /// A name or key word without quotes, in lower case.
    case word(String)
    /// A name in double quotes.
    case quotedName(String)
    case text(String)
    case number(String)
    /// `$1` and so on.
    case parameter(Int)
    case symbol(Character)

    /// Why a text cannot be read as one statement.
    struct Malformed: Error { let reason: String }

    /// The pieces of `sql`. Comments, several statements, and ways to write text that hide it are refused rather than skipped.
    static func all(_ sql: String) throws(Malformed) -> [SQLToken] {
        var tokens: [SQLToken] = []
        let bytes = Array(sql.utf8)
        var position = 0
        func peek(_ offset: Int = 0) -> UInt8? { position + offset < bytes.count ? bytes[position + offset] : nil }
        /// What stands up to the next `quote`, which counts as itself when it is there twice.
        func quoted(_ quote: UInt8) throws(Malformed) -> String {
            var content: [UInt8] = []
            position += 1
            while let byte = peek() {
                position += 1
                if byte == quote {
                    guard peek() == quote else { return String(decoding: content, as: UTF8.self) }
                    position += 1
                }
                content.append(byte)
            }
            throw Malformed(reason: "a quote does not end")
        }
        func taken(while belongs: (UInt8) -> Bool) -> String {
            let start = position
            while let byte = peek(), belongs(byte) { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        while let byte = peek() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"), UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                throw Malformed(reason: "it has a comment")
            case UInt8(ascii: ";"): throw Malformed(reason: "it is more than one statement")
            case UInt8(ascii: "\\"): throw Malformed(reason: "it has a backslash")
            case UInt8(ascii: "'"):
                // E'…', U&'…', B'…' and X'…' read their content in other ways.
                if case .word? = tokens.last, position > 0, isWord(bytes[position - 1]) {
                    throw Malformed(reason: "it has text with escapes")
                }
                if case .symbol("&")? = tokens.last { throw Malformed(reason: "it has text with escapes") }
                tokens.append(.text(try quoted(byte)))
            case UInt8(ascii: "\""):
                if case .symbol("&")? = tokens.last { throw Malformed(reason: "it has a name with escapes") }
                tokens.append(.quotedName(try quoted(byte)))
            case UInt8(ascii: "$"):
                position += 1
                guard let number = Int(taken(while: isDigit)), number > 0, peek().map(isWord) != true, peek() != byte else {
                    throw Malformed(reason: "it has text between dollar signs")
                }
                tokens.append(.parameter(number))
            case _ where isDigit(byte) || byte == UInt8(ascii: ".") && peek(1).map(isDigit) == true:
                tokens.append(.number(taken { isWord($0) || $0 == UInt8(ascii: ".") }))
            case _ where isWord(byte): tokens.append(.word(taken(while: isWord).lowercased()))
            case 0x21...0x7E:
                tokens.append(.symbol(Character(Unicode.Scalar(byte))))
                position += 1
            default: throw Malformed(reason: "it has a character that no statement of the program has")
            }
        }
        return tokens
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }
}
