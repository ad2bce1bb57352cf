import Domain

/// What the `Content-Type` of an answer says.
struct PageType: Sendable, Hashable {
    let kind: PageContentType
    /// Lower case, without quotes.
    let charset: String?

    /// Reads the header, or guesses from the ending of the path when it is missing or says nothing; `nil` for what cannot be processed.
    init?(header: String?, path: String) {
        let parts = (header ?? "").split(separator: ";").map { part in
            var part = part[...]
            while part.first?.isWhitespace == true { part.removeFirst() }
            while part.last?.isWhitespace == true { part.removeLast() }
            return part.lowercased()
        }
        let ending = path.utf8.lastIndex(of: 0x2E).map { path[$0...].dropFirst().lowercased() } ?? ""
        let isMarkdown = ["md", "markdown", "mdx"].contains(ending) || SiteListing(path: path) != nil
        switch parts.first ?? "" {
        case "text/html", "application/xhtml+xml": kind = .html
        case "text/markdown", "text/x-markdown": kind = .markdown
        case "text/plain": kind = isMarkdown ? .markdown : .plain
        case "", "application/octet-stream", "binary/octet-stream":
            if isMarkdown {
                kind = .markdown
            } else if ["txt", "text", "rst"].contains(ending) {
                kind = .plain
            } else if ["html", "htm", "xhtml", "shtml"].contains(ending) || parts.isEmpty {
                kind = .html
            } else {
                return nil
            }
        default: return nil
        }
        let name = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst(8)
        charset = name.map { String($0.filter { $0 != "\"" && $0 != "'" }) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
