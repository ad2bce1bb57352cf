package import FoundationEssentials

/// A page that was read.
package struct FetchedPage: Sendable {
    /// The address that was asked for.
    package let url: SiteURL
    /// The address that answered, after redirects; what the page is stored under.
    package let finalURL: SiteURL
    /// Status code, 200 to 299.
    package let status: Int
    /// What the body is.
    package let contentType: PageContentType
    /// The character set that the server names, lower case.
    package let charset: String?
    /// The body after decompression.
    package let body: [UInt8]
    /// Validators for the next conditional request, as sent by the server.
    package let etag: String?
    /// As ``etag``, from `Last-Modified`.
    package let lastModified: String?
    /// Steps from the start page.
    package let depth: Int
    /// When the answer was complete.
    package let fetchedAt: Date
    /// Words that the provider files the page under, such as the labels of Confluence; at most 100 of 200 characters, without control characters.
    package let tags: [String]

    package init(
        url: SiteURL, finalURL: SiteURL, status: Int, contentType: PageContentType, charset: String?, body: [UInt8], etag: String?,
        lastModified: String?, depth: Int, fetchedAt: Date, tags: [String] = []
    ) {
        // They are joined by a control character on their way into the database.
        self.tags = tags.prefix(100).map { String(String.UnicodeScalarView($0.unicodeScalars.filter { $0.value >= 0x20 }.prefix(200))) }
            .filter { !$0.isEmpty }
        self.url = url
        self.finalURL = finalURL
        self.status = status
        self.contentType = contentType
        self.charset = charset
        self.body = body
        self.etag = etag
        self.lastModified = lastModified
        self.depth = depth
        self.fetchedAt = fetchedAt
    }
}

/// The kinds of pages that can be processed.
package enum PageContentType: String, Sendable, Hashable, CaseIterable {
    case html, markdown, plain
}

/// The references of a page, as written in it.
package struct PageLinks: Sendable, Hashable {
    /// `href` of links, in document order.
    package var hrefs: [String]
    /// `href` of the `base` element.
    package var base: String?
    /// `href` of the canonical link.
    package var canonical: String?
    /// Whether the page asks robots not to index it.
    package var isExcludedFromIndex: Bool
    /// Whether the page has more links than these.
    package var isIncomplete: Bool

    package init(
        hrefs: [String] = [], base: String? = nil, canonical: String? = nil, isExcludedFromIndex: Bool = false, isIncomplete: Bool = false
    ) {
        self.hrefs = hrefs
        self.base = base
        self.canonical = canonical
        self.isExcludedFromIndex = isExcludedFromIndex
        self.isIncomplete = isIncomplete
    }
}

/// Finds the references of a page. Pure; called outside the network threads.
package typealias LinkExtractor = @Sendable (FetchedPage) -> PageLinks

/// What an earlier crawl knows about a page.
package struct KnownPage: Sendable, Hashable {
    /// Validators of the stored answer.
    package var etag: String?
    /// As ``etag``.
    package var lastModified: String?
    /// The addresses that the stored answer linked to, as ``PageOutcome/links``: walked when the page has not changed.
    package var links: [String]
    /// The date under which the page need not be asked for, if the site's own list still gives it; nil to ask in any case.
    package var listedAt: String?
    /// The address that gave the stored answer, when it is told.
    package var url: String?

    package init(
        etag: String? = nil, lastModified: String? = nil, links: [String] = [], listedAt: String? = nil, url: String? = nil
    ) {
        (self.listedAt, self.url) = (listedAt, url)
        self.etag = etag
        self.lastModified = lastModified
        self.links = links
    }
}
