extension SiteURL {
    /// The folder that the path stands for, with slashes at both ends: `/docs`, `/docs/` and `/docs/index.html` are all `/docs/`.
    ///
    /// `/docs` and `/docs/` are one page by their key, so they must be one folder too. A last segment with the ending of a page file is
    /// a file, any other (`/v1.2`) a folder.
    package var folder: String {
        guard let slash = path.utf8.lastIndex(of: 0x2F) else { return "/" }
        let last = path[path.utf8.index(after: slash)...]
        if last.isEmpty || Self.isFile(last) { return String(path[...slash]) }
        return path + "/"
    }

    /// Whether the path lies in `folder`, which ends with a slash, or is the folder itself without its slash.
    package func isInside(_ folder: String) -> Bool {
        path.hasPrefix(folder) || path + "/" == folder
    }

    private static func isFile(_ segment: Substring) -> Bool {
        guard let dot = segment.utf8.lastIndex(of: 0x2E) else { return false }
        let ending = segment[segment.utf8.index(after: dot)...].lowercased()
        return pageEndings.contains(ending)
    }

    private static let pageEndings: Set<String> = [
        "html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "do", "cgi", "md", "markdown", "mdx", "txt", "text", "rst", "xml",
        "json",
    ]
}
