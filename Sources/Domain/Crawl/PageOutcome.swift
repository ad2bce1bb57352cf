/// What became of one address that a crawl saw.
package struct PageOutcome: Sendable, Hashable {
    /// The end of the story in one word; the strings are stable.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Read; the page comes with the outcome.
        case fetched
        /// The server says that nothing has changed since the validators.
        case notModified = "not_modified"
        /// 404 or 410: the page does not exist (any more).
        case gone
        /// Not asked for, on purpose.
        case skipped
        /// Asked for without a usable answer.
        case failed
    }

    /// Why; the strings are stable.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        case ok
        // Skipped.
        case offSite = "off_site"
        case outOfScope = "out_of_scope"
        case excluded
        case depth
        case cap
        case robots
        case contentType = "content_type"
        case duplicate
        case invalid
        /// The page asks not to be indexed.
        case noindex
        /// The page names another one of the site as the one to read.
        case canonical
        /// A sitemap or `llms.txt`: read for the addresses in it, or unreadable for the reason in the detail.
        case listing
        /// The site's own list gives it the date under which it was read, see ``ListingTrust``.
        case listedDate = "listed_date"
        // Failed.
        case tooLarge = "too_large"
        case status
        case timeout
        case dns
        case tls
        case connection
        case redirects
        case refused
        case malformed
    }

    /// The address, as it was first seen.
    package let url: SiteURL
    /// The address that answered, when it is another one.
    package let finalURL: SiteURL?
    /// The end of the story.
    package let kind: Kind
    /// Why.
    package let reason: Reason
    /// Status code of the last answer, if there was one.
    package let status: Int?
    /// A sentence or a gate's code, safe for strangers.
    package let detail: String?
    /// Steps from the start page.
    package let depth: Int
    /// Addresses on the site that the page links to, in normal form, each once; those that a mirror's page writes with its public host
    /// end in `#public`. For resuming and for 304 answers: give them back as they are.
    package let links: [String]
    /// Whether the page may be there next time: such a failure makes a crawl incomplete, and nothing may be deleted after it.
    package let isTransient: Bool
    /// When the site's own list says that the page changed, as written there; nil where it says nothing.
    package let listedAt: String?

    package init(
        url: SiteURL, finalURL: SiteURL? = nil, kind: Kind, reason: Reason = .ok, status: Int? = nil, detail: String? = nil, depth: Int,
        links: [String] = [], isTransient: Bool = false, listedAt: String? = nil
    ) {
        self.listedAt = listedAt
        self.url = url
        self.finalURL = finalURL
        self.kind = kind
        self.reason = reason
        self.status = status
        self.detail = detail
        self.depth = depth
        self.links = links
        self.isTransient = isTransient
    }
}

/// The end of a crawl.
package struct CrawlSummary: Sendable, Hashable {
    /// Addresses by kind of outcome, those of an earlier run of the same job included.
    package var counts: [PageOutcome.Kind: Int]
    /// Addresses by reason.
    package var reasons: [PageOutcome.Reason: Int]
    /// Whether every page in scope was read, unchanged, or gone for good: only then do pages that were not seen no longer exist.
    package var isComplete: Bool
    /// Whether the page cap left addresses out.
    package var hitCap: Bool
    /// The start page after its redirects.
    package var root: SiteURL

    package init(
        counts: [PageOutcome.Kind: Int] = [:], reasons: [PageOutcome.Reason: Int] = [:], isComplete: Bool, hitCap: Bool, root: SiteURL
    ) {
        self.counts = counts
        self.reasons = reasons
        self.isComplete = isComplete
        self.hitCap = hitCap
        self.root = root
    }
}
