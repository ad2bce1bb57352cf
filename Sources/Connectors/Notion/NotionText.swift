/// A run of rich text.
struct NotionText: Decodable, Sendable, Hashable {
    struct Annotations: Decodable, Sendable, Hashable {
        var bold: Bool?
        var italic: Bool?
        var strikethrough: Bool?
        var code: Bool?
    }
    struct Equation: Decodable, Sendable, Hashable {
        let expression: String
    }

    var plain_text: String
    var href: String?
    var annotations: Annotations?
    var equation: Equation?
}

extension [NotionText] {
    /// The text without marks.
    var plain: String { map(\.plain_text).joined() }

    /// The text as Markdown; line breaks stay.
    var markdown: String {
        // Neighbors that look the same are one run: marks between them would cancel each other out.
        var runs: [NotionText] = []
        for text in self where !text.plain_text.isEmpty || text.equation != nil {
            if let last = runs.last, last.href == text.href, last.annotations == text.annotations, last.equation == nil,
                text.equation == nil
            {
                runs[runs.count - 1].plain_text += text.plain_text
            } else {
                runs.append(text)
            }
        }
        var output = ""
        for run in runs { output += Self.markdown(run, startsLine: output.isEmpty || output.hasSuffix("\n")) }
        return output
    }

    /// The text as Markdown in one line.
    var line: String { markdown.split(whereSeparator: \.isNewline).joined(separator: " ") }

    private static func markdown(_ run: NotionText, startsLine: Bool) -> String {
        if let equation = run.equation { return "$\(equation.expression)$" }
        let text = run.plain_text
        let start = text.prefix { $0.isWhitespace }
        let core = text.dropFirst(start.count)
        let end = String(core.reversed().prefix { $0.isWhitespace }.reversed())
        let inner = core.dropLast(end.count)
        guard !inner.isEmpty else { return text }
        var marked =
            run.annotations?.code == true ? MarkdownText.code(inner) : MarkdownText.escaped(inner, startsLine: startsLine && start.isEmpty)
        if run.annotations?.strikethrough == true { marked = "~~\(marked)~~" }
        if run.annotations?.italic == true { marked = "*\(marked)*" }
        if run.annotations?.bold == true { marked = "**\(marked)**" }
        if let href = run.href, let target = NotionMarkdown.target(href) { marked = "[\(marked)](<\(target)>)" }
        return start + marked + end
    }
}
