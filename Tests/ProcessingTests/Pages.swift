import Domain

@testable import Processing

/// Reads an HTML text as a page of example.org.
func page(_ html: String, url: String = "https://example.org/docs/guide/") throws -> PageContent {
    try DocumentParser.parse(bytes: Array(html.utf8), contentType: "text/html", charset: "utf-8", url: url)
}

/// Reads a Markdown text as a page of example.org.
func markdownPage(_ text: String, url: String = "https://example.org/docs/guide.md") throws -> PageContent {
    try DocumentParser.parse(bytes: Array(text.utf8), contentType: "text/markdown", charset: "utf-8", url: url)
}

/// The Markdown that the body `html` of a page becomes.
func markdown(_ html: String) throws -> String { try page("<html><body><main>\(html)</main></body></html>").blocks.markdown }

/// The words of a text without Markdown's marks, for comparing what is left of it.
func words(_ text: String) -> [String] {
    text.split { !($0.isLetter || $0.isNumber) }.map(String.init)
}
