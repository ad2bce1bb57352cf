import Domain
import Fetch
import FoundationEssentials
import Primitives

/// Turns a candidate into an outcome: request, status, type, links.
struct PageReader: Sendable {
    /// What is known after a candidate was worked on.
    struct Reading: Sendable {
        let outcome: PageOutcome
        let page: FetchedPage?
        let links: LinkResolver.Result
        /// The failure behind the outcome, for the start page.
        let failure: PageFailure?
    }

    let pages: PageFetcher
    /// When the site's own lists say that a page changed, by key.
    var dates: [String: String] = [:]
    let extractLinks: LinkExtractor
    let known: @Sendable (SiteURL) async throws -> KnownPage?
    private let linkCache = LinkResolver.Cache()

    init(
        pages: PageFetcher, extractLinks: @escaping LinkExtractor, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?
    ) {
        (self.pages, self.extractLinks, self.known) = (pages, extractLinks, known)
    }

    /// Reads the page of `candidate`.
    ///
    /// - Parameter accepts: why a redirect to an address may not be followed; `nil` when it may.
    /// - Throws: `CancellationError` and what `known` throws; everything else is in the outcome.
    @concurrent
    func read(_ candidate: CrawlFrontier.Candidate, accepts: @Sendable (SiteURL) -> PageFailure?) async throws -> Reading {
        let known = try await known(candidate.url)
        let listed = dates.isEmpty ? nil : dates[candidate.url.normalizedKey]
        if let known, let listed, known.listedAt == listed, candidate.depth > 0 {
            let outcome = PageOutcome(
                url: candidate.url, kind: .notModified, reason: .listedDate, depth: candidate.depth, links: known.links, listedAt: listed)
            let links = LinkResolver.Result(stored: known.links) { $0.isSameSite(as: candidate.url) }
            return Reading(outcome: outcome, page: nil, links: links, failure: nil)
        }
        do {
            let path = candidate.url.path
            let answer = try await pages.read(
                candidate.url, known: known, accepts: accepts,
                wantsBody: { head in
                    head.status == 200 && PageType(header: head.headers["Content-Type"], path: path) != nil
                })
            return try reading(candidate, answer, known, listed)
        } catch let failure as PageFailure {
            return Reading(
                outcome: failure.outcome(candidate.url, final: nil, depth: candidate.depth), page: nil, links: LinkResolver.Result(),
                failure: failure)
        }
    }

    private func reading(
        _ candidate: CrawlFrontier.Candidate, _ answer: PageFetcher.Answer, _ known: KnownPage?, _ listed: String?
    ) throws(PageFailure) -> Reading {
        let response = answer.response
        let final = answer.url == candidate.url ? nil : answer.url
        switch response.status {
        case 304 where known != nil:
            let links = LinkResolver.Result(stored: known?.links ?? []) { $0.isSameSite(as: answer.url) }
            let outcome = PageOutcome(
                url: candidate.url, finalURL: final, kind: .notModified, status: 304, depth: candidate.depth, links: known?.links ?? [],
                listedAt: listed)
            return Reading(outcome: outcome, page: nil, links: links, failure: nil)
        case 200:
            guard let type = PageType(header: response.headers["Content-Type"], path: candidate.url.path) else {
                throw PageFailure(
                    .skipped, .contentType, code: "E_CONTENT_TYPE", "The page is neither HTML nor Markdown nor plain text.", status: 200,
                    limit: "text/html, text/markdown, text/plain")
            }
            guard !BinarySignature.isPresent(in: response.body) else {
                throw PageFailure(
                    .skipped, .contentType, code: "E_CONTENT_TYPE", "The page is no text, although the site says so.", status: 200,
                    limit: "text/html, text/markdown, text/plain")
            }
            let page = FetchedPage(
                url: candidate.url, finalURL: answer.url, status: response.status, contentType: type.kind, charset: type.charset,
                body: response.body, etag: response.headers["ETag"], lastModified: response.headers["Last-Modified"],
                depth: candidate.depth,
                fetchedAt: Date())
            var found = extractLinks(page)
            let robots = RobotsTag(response.headers, agent: PageFetcher.agent)
            if robots.forbidsFollowing || SiteListing(path: answer.url.path) == .full { found.hrefs = [] }
            if found.canonical == nil { found.canonical = LinkField.target("canonical", in: response.headers) }
            let links = LinkResolver(page: answer.url, cache: linkCache).resolve(found)
            if robots.forbidsIndex || found.isExcludedFromIndex {
                let outcome = PageOutcome(
                    url: candidate.url, finalURL: final, kind: .skipped, reason: .noindex, status: 200, depth: candidate.depth,
                    links: links.stored)
                return Reading(outcome: outcome, page: nil, links: links, failure: nil)
            }
            let outcome = PageOutcome(
                url: candidate.url, finalURL: final, kind: .fetched, status: 200, depth: candidate.depth,
                links: links.stored, listedAt: listed)
            return Reading(outcome: outcome, page: page, links: links, failure: nil)
        case 404, 410:
            throw PageFailure(
                .gone, .status, code: "E_HTTP_STATUS", "The page does not exist.", status: response.status, hint: "Check the address.")
        default:
            // A page that was readable once and is now denied may be behind a guard that takes the crawler for an attack: not gone.
            let isDenied = [401, 403].contains(response.status) && known != nil
            throw PageFailure(
                .failed, .status, code: "E_HTTP_STATUS", "The site answers \(response.status).", status: response.status,
                isTransient: isDenied || PageFetcher.isTransient(response.status))
        }
    }
}
