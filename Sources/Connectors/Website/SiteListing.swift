import Domain

/// Files that sites write for language models beside their pages. <https://llmstxt.org>
enum SiteListing: String {
    /// Names the pages that matter, mostly as Markdown files: read for its links.
    case index = "llms.txt"
    /// Holds the text of all pages: as a start page it is the documentation, beside the pages it would be all of them again.
    case full = "llms-full.txt"

    /// What the last part of `path` says; nil for an ordinary page.
    init?(path: String) {
        guard let slash = path.utf8.lastIndex(of: 0x2F) else { return nil }
        self.init(rawValue: String(path[path.utf8.index(after: slash)...]))
    }
}
