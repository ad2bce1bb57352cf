internal import CMarkup

/// Markdown of strangers for a browser.
package enum SafeMarkdown {
    /// `markdown` as an HTML fragment without anything that runs: raw HTML is left out, and addresses of schemes that can run or read, such as
    /// `javascript:`, become empty. GitHub's tables, strikethrough, autolinks and task lists are understood.
    ///
    /// Empty when cmark cannot allocate its parser.
    package static func html(from markdown: String) -> String {
        String(
            decoding: MarkdownRenderer.html(from: Array(markdown.utf8), options: CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8), as: UTF8.self
        )
    }
}
