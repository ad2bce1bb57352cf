/// Cuts Markdown to a number of tokens of four bytes.
enum ContentBudget {
    /// `content` cut after its last line that fits, with an open code fence closed, and whether anything was cut.
    static func cut(_ content: String, tokens: Int) -> (text: String, isTruncated: Bool) {
        let (bytes, overflows) = tokens.multipliedReportingOverflow(by: 4)
        guard !overflows, content.utf8.count > bytes else { return (content, false) }
        // A closing fence and its line break have to fit, too.
        let room = max(0, bytes - 5)
        var end = content.utf8.index(content.startIndex, offsetBy: room)
        while end > content.startIndex, end.samePosition(in: content) == nil { end = content.utf8.index(before: end) }
        var text = content[..<end]
        // Half a line is better than nothing only where the line is most of the text.
        if let line = text.lastIndex(of: "\n"), text.utf8.distance(from: text.startIndex, to: line) > room / 2 { text = text[..<line] }
        return (text + (openFence(in: text).map { "\n\($0)" } ?? ""), true)
    }

    private static func openFence(in text: Substring) -> String? {
        var open: String?
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " }
            guard let mark = trimmed.first, mark == "`" || mark == "~" else { continue }
            let fence = String(trimmed.prefix { $0 == mark })
            guard fence.count >= 3 else { continue }
            if let current = open {
                if fence.hasPrefix(current), trimmed.dropFirst(fence.count).allSatisfy({ $0 == " " }) { open = nil }
            } else {
                open = fence
            }
        }
        return open
    }
}
