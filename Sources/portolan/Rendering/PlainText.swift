/// Text from elsewhere made fit for a terminal.
enum PlainText {
    /// `text` on one line: white space runs become one space, control characters go, so that no page can move the cursor.
    static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).map { String($0.unicodeScalars.filter { !isControl($0) }.map(Character.init)) }
            .filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// `text` with its lines and tabs, without other control characters.
    static func block(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar == "\n" || scalar == "\t" || !isControl(scalar) { result.append(scalar) }
        return String(result)
    }

    /// `text` in lines of at most `width` columns where words allow it.
    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var current = ""
        for word in line(text).split(separator: " ") {
            if !current.isEmpty && columns(current) + 1 + columns(String(word)) > width {
                lines.append(current)
                current = ""
            }
            current += current.isEmpty ? String(word) : " \(word)"
        }
        return current.isEmpty ? lines : lines + [current]
    }

    /// `text` without white space at both ends.
    static func trimmed(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Columns that a terminal takes for `text`.
    static func columns(_ text: String) -> Int {
        text.reduce(0) { $0 + ($1.unicodeScalars.first.map(isWide) == true ? 2 : 1) }
    }

    /// `text` filled with spaces to `width` columns.
    static func padded(_ text: String, to width: Int, atEnd: Bool = true) -> String {
        let spaces = String(repeating: " ", count: max(0, width - columns(text)))
        return atEnd ? text + spaces : spaces + text
    }

    /// `text` cut to `width` columns.
    static func cut(_ text: String, to width: Int) -> String {
        var (result, used) = ("", 0)
        for character in text {
            used += columns(String(character))
            if used > width { return result }
            result.append(character)
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        // Format characters can turn the order of what follows around, except those that join letters and emoji.
        switch scalar.properties.generalCategory {
        case .control: true
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        default: false
        }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        // The blocks that Unicode's East Asian Width calls wide or full-width, and pictures.
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
