import Domain
import Policy

/// One site that pages of a list are on, with its own rules and its own pace.
struct ListSite: Sendable {
    let scope: CrawlScope
    let pages: PageFetcher
    let reader: PageReader

    /// Reads the site's `robots.txt`, and keeps to the pace that it asks for from then on.
    ///
    /// - Parameters:
    ///   - root: any address of the site; pages are told to belong to it by host and port.
    ///   - known: what is stored of a page; nothing that another site has answered is used.
    /// - Throws: ``Fault`` when the site cannot be reached, `CancellationError`.
    init(
        _ root: SiteURL, plan: CrawlPlan, pages: PageFetcher, extractLinks: @escaping LinkExtractor,
        known: @escaping @Sendable (SiteURL) async throws -> KnownPage?
    ) async throws {
        self.pages = pages
        let robots = try await RobotsReader(pages: pages).rules(for: root, obeys: plan.limits.obeysRobots)
        pages.setPace(crawlDelay: robots.crawlDelay)
        // The whole site, since the list says what belongs to it.
        scope = CrawlScope(plan: plan.moved(to: root, scope: "/"), robots: robots)
        reader = PageReader(pages: pages, extractLinks: extractLinks) { url in
            guard let page = try await known(url) else { return nil }
            // A list may name another host for a path than it did: what the one before said of its page is no validator for the new one.
            if let stored = page.url.flatMap({ try? SiteURL($0) }), !stored.isSameSite(as: url) { return nil }
            return page
        }
    }

    /// Reads a page, unless the site's rules or the plan leave it out.
    func read(_ url: SiteURL) async throws -> PageReader.Reading {
        if let reason = scope.exclusion(of: url) {
            let outcome = PageOutcome(url: url, kind: .skipped, reason: reason, depth: 1)
            return PageReader.Reading(outcome: outcome, page: nil, links: LinkResolver.Result(), failure: nil)
        }
        return try await reader.read(CrawlFrontier.Candidate(url: url, depth: 1)) { [scope] next in
            scope.exclusion(of: next).map {
                PageFailure(.skipped, $0, code: "E_REDIRECT_DENY", "The page redirects to \(next.redacted).")
            }
        }
    }
}
