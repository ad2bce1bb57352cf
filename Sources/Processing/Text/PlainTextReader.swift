internal import Domain

/// Reads plain text: paragraphs between empty lines, code where a paragraph is indented.
enum PlainTextReader {
    /// `text` (UTF-8) as a page whose title is its first line, when that is short enough for one.
    static func page(_ text: [UInt8], url: String) -> PageContent {
        var blocks: [ContentBlock] = []
        var paragraph: [Substring] = []
        func flush() {
            guard !paragraph.isEmpty else { return }
            defer { paragraph = [] }
            if paragraph.allSatisfy({ $0.hasPrefix("    ") || $0.hasPrefix("\t") }) {
                let code = paragraph.joined(separator: "\n")
                let fence = String(repeating: "`", count: max(3, code.longestRun(of: "`") + 1))
                blocks.append(.init(kind: .code(language: ""), markdown: fence + "\n" + code + "\n" + fence, text: code))
                return
            }
            var line = LineWriter()
            for (index, part) in paragraph.enumerated() {
                if index > 0 { line.space() }
                line.append(part.utf8)
            }
            let (markdown, text, _) = line.take()
            blocks.append(.init(kind: .paragraph, markdown: markdown, text: text))
        }
        let whole = String(decoding: text, as: UTF8.self)
        for line in whole.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.utf8.allSatisfy(\.isHTMLSpace) {
                flush()
            } else {
                paragraph.append(line)
            }
        }
        flush()
        let first = blocks.first?.text ?? ""
        let title = !first.isEmpty && first.utf8.count <= 100 ? first : PageContent.fallbackTitle(url)
        return PageContent(url: url, title: title, blocks: blocks, textChecksum: PageContent.textChecksum(blocks))
    }
}
