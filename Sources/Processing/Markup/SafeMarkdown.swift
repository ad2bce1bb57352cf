internal import CMarkup

/// Markdown of strangers for a browser.
package enum SafeMarkdown {
    /// `markdown` as an HTML fragment without anything that runs: raw HTML is left out, and addresses of schemes that can run or read, such as
    /// `javascript:`, become empty. Characters that turn the direction of what follows are replaced. GitHub's tables, strikethrough, autolinks and task lists are understood.
    ///
    /// Empty when cmark cannot allocate its parser.
    package static func html(from markdown: String) -> String {
        let html = MarkdownRenderer.html(from: Array(markdown.utf8), options: CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8)
        var shown = String.UnicodeScalarView()
        for scalar in String(decoding: html, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}": shown.append("\u{fffd}")
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }
}
