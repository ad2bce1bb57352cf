import Domain

/// Finds the page that a Markdown file is the source of: `page.md` and `page.html.md` lie beside `page`, `page.html` or the folder.
enum MarkdownTwin {
    /// Keys of pages that hold the text of the Markdown file at `url`; none for other files.
    static func keys(of url: SiteURL) -> [String] {
        guard url.path.hasSuffix(".md") else { return [] }
        let base = String(url.path.dropLast(3))
        let page = url.with(path: base)
        var keys = [page.normalizedKey]
        if !base.hasSuffix(".html") { keys.append(url.with(path: base + ".html").normalizedKey) }
        for index in ["/index", "/index.html"] where base.hasSuffix(index) {
            keys.append(url.with(path: String(base.dropLast(index.utf8.count - 1))).normalizedKey)
        }
        return keys
    }
}
