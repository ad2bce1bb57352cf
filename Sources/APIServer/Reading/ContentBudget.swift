/// Cuts Markdown to a number of tokens of four bytes.
enum ContentBudget {
    /// A part of a content that can be shown alone.
    struct Part {
        let text: String
        /// Bytes of the content before the next part; nil when this one is the last.
        let next: Int?
    }

    /// `content` cut after its last line that fits, with an open code fence closed, and whether anything was cut.
    static func cut(_ content: String, tokens: Int) -> (text: String, isTruncated: Bool) {
        let part = part(of: content, from: 0, tokens: tokens)
        return (part.text, part.next != nil)
    }

    /// The part of `content` that begins at the byte `offset` and has at most `tokens` tokens. A code fence that is open where it begins is
    /// opened again, and one that is open where it ends is closed.
    ///
    /// - Parameters:
    ///   - offset: where an earlier part ended; 0 for the beginning.
    ///   - tokens: at least 100.
    static func part(of content: String, from offset: Int, tokens: Int) -> Part {
        let (bytes, overflows) = tokens.multipliedReportingOverflow(by: 4)
        var start = content.utf8.index(content.startIndex, offsetBy: max(0, offset), limitedBy: content.endIndex) ?? content.endIndex
        while start > content.startIndex, start.samePosition(in: content) == nil { start = content.utf8.index(before: start) }
        let opening = openFence(in: content[..<start]).map { $0.line + "\n" } ?? ""
        let rest = content[start...]
        guard !overflows, rest.utf8.count + opening.utf8.count > bytes else { return Part(text: opening + rest, next: nil) }
        // A closing fence and its line break have to fit, too.
        let room = max(0, bytes - 5 - opening.utf8.count)
        var end = content.utf8.index(start, offsetBy: room, limitedBy: content.endIndex) ?? content.endIndex
        while end > start, end.samePosition(in: content) == nil { end = content.utf8.index(before: end) }
        var text = content[start..<end]
        // Half a line is better than nothing only where the line is most of the text.
        if let line = text.lastIndex(of: "\n"), text.utf8.distance(from: text.startIndex, to: line) > room / 2 {
            text = text[..<line]
            end = content.index(after: line)
        }
        let next = content.utf8.distance(from: content.startIndex, to: end)
        // A part that shows nothing would be asked for for ever.
        guard next > offset else { return Part(text: opening + rest, next: nil) }
        let closing = openFence(in: content[..<text.endIndex]).map { "\n\($0.mark)" } ?? ""
        return Part(text: opening + text + closing, next: next)
    }

    /// The code fence that is open at the end of `text`: its mark, which closes it, and the line that opened it.
    private static func openFence(in text: Substring) -> (mark: String, line: String)? {
        var open: (mark: String, line: String)?
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " }
            guard let mark = trimmed.first, mark == "`" || mark == "~" else { continue }
            let fence = String(trimmed.prefix { $0 == mark })
            guard fence.count >= 3 else { continue }
            if let current = open {
                if fence.hasPrefix(current.mark), trimmed.dropFirst(fence.count).allSatisfy({ $0 == " " }) { open = nil }
            } else {
                // An info string that fills a part would leave no room for anything else.
                open = (fence, String(trimmed.prefix(60)))
            }
        }
        return open
    }
}
