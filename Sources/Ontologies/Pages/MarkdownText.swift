/// Text of strangers as Markdown: whatever it holds is shown as it stands there.
enum MarkdownText {
    /// `text` on one line, with every character escaped that means something to Markdown.
    static func escaped(_ text: String) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 8)
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F {
                if output.last != 0x20 { output.append(0x20) }
            } else {
                if special[Int(byte)] { output.append(UInt8(ascii: "\\")) }
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// A paragraph: as `escaped`, and nothing at its beginning makes it a list or a heading.
    static func paragraph(_ text: String) -> String {
        let line = escaped(text.first?.isWhitespace == true ? String(text.drop(while: \.isWhitespace)) : text)
        guard let first = line.utf8.first else { return "" }
        if "-+=".utf8.contains(first) { return "\\" + line }
        let number = line.prefix { $0.isASCII && $0.isNumber }
        if !number.isEmpty, let mark = line.dropFirst(number.count).first, mark == "." || mark == ")" {
            return "\(number)\\\(line.dropFirst(number.count))"
        }
        return line
    }

    /// A link, or the text alone when the address is not one of the web.
    static func link(_ text: String, _ address: String) -> String {
        guard address.hasPrefix("http://") || address.hasPrefix("https://"),
            address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"<>\\".utf8.contains($0) })
        else { return escaped(text) }
        return "[\(escaped(text))](<\(address)>)"
    }

    private static let special: [Bool] = (0...255).map { "\\`*_{}[]<>#|~!&$".utf8.contains(UInt8($0)) }
}
