package import Domain
import Primitives
import Processing

/// Pages that were parsed for their links and wait for their outcome, so that no page is parsed twice.
package final class ParsedPages: Sendable {
    private let pages = Locked<[String: PageContent]>([:])

    package init() {}

    /// The references of `page`, whose content is kept until ``take(_:)``.
    package func links(of page: FetchedPage) -> PageLinks {
        guard let content = Self.parse(page) else { return PageLinks() }
        pages.withLock { $0[page.finalURL.description] = content }
        return PageLinks(hrefs: content.isExcludedFromFollowing ? [] : content.links, canonical: content.canonical)
    }

    /// The content of `page`, parsed now unless it was kept; nil when the bytes hold no text.
    package func take(_ page: FetchedPage) -> PageContent? {
        pages.withLock { $0.removeValue(forKey: page.finalURL.description) } ?? Self.parse(page)
    }

    private static func parse(_ page: FetchedPage) -> PageContent? {
        let mediaType =
            switch page.contentType {
            case .html: "text/html"
            case .markdown: "text/markdown"
            case .plain: "text/plain"
            }
        return try? DocumentParser.parse(
            bytes: page.body, contentType: mediaType, charset: page.charset, url: page.finalURL.description)
    }
}
