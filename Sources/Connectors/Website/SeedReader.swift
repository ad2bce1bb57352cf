import Archives
import Domain
import Fetch
import FoundationEssentials
import Primitives
import Processing

/// Reads what a site lists itself: its sitemaps and `llms.txt`. A list that is missing is none; one that is broken is an outcome.
struct SeedReader: Sendable {
    /// Sitemaps read for one crawl, those that an index names included.
    static let maximumFiles = 64
    /// Addresses taken from all sitemaps together.
    static let maximumPages = SitemapDocument.maximumEntries

    let pages: PageFetcher
    let timing: CrawlTiming

    /// Reads the lists for the pages of `scope`.
    ///
    /// - Throws: `CancellationError` only.
    func read(_ scope: CrawlScope) async throws -> CrawlSeeds {
        var seeds = CrawlSeeds()
        guard SiteListing(path: scope.plan.root.path) == nil else { return seeds }
        try await readSitemaps(scope, &seeds)
        try await readIndex(scope, &seeds)
        return seeds
    }

    // MARK: - Sitemaps

    private struct Open {
        let url: SiteURL
        /// Whether it is only guessed that there is one.
        let isGuess: Bool
        /// Whether an index named it, which no index may name further.
        let isNested: Bool
    }

    private func readSitemaps(_ scope: CrawlScope, _ seeds: inout CrawlSeeds) async throws {
        let root = scope.plan.root
        var seen: Set<String> = []
        var open = scope.robots.sitemaps.compactMap { text -> Open? in
            guard let url = try? root.resolve(text), url.isSameSite(as: root) else { return nil }
            return Open(url: root.adopting(url), isGuess: false, isNested: false)
        }
        if open.isEmpty {
            open = places(of: "sitemap.xml", scope).map { Open(url: $0, isGuess: true, isNested: false) }
        }
        var keys: Set<String> = []
        var files = 0
        let start = timing.now()
        var head = 0
        while head < open.count {
            try Task.checkCancellation()
            let next = open[head]
            head += 1
            // A query may tell one sitemap from another.
            guard seen.insert(next.url.description).inserted, scope.robots.allows(next.url) else { continue }
            guard files < Self.maximumFiles, start.duration(to: timing.now()) < pages.limits.pageTimeout * 4 else {
                seeds.outcomes.append(
                    outcome(
                        next.url,
                        "E_SITEMAP_BUDGET: The site has \(open.count - head + 1) sitemaps more than are read, at most \(Self.maximumFiles)."
                    ))
                break
            }
            files += 1
            switch try await sitemap(next.url, root) {
            case .none: continue
            case .problem(let problem): seeds.outcomes.append(problem)
            case .document(let document):
                if let defect = document.defect {
                    // What breaks off may have named more: nothing may be deleted for not having been named.
                    seeds.outcomes.append(
                        outcome(next.url, "\(defect.rawValue): The sitemap cannot be read to its end.", isTransient: defect != .entries))
                }
                if document.kind == .sitemaps {
                    guard !next.isNested else { continue }
                    open += document.entries.compactMap { entry in
                        guard let url = try? root.resolve(entry.location), url.isSameSite(as: root) else { return nil }
                        return Open(url: root.adopting(url), isGuess: false, isNested: true)
                    }
                } else {
                    take(document, scope, &keys, &seeds)
                }
                // The other place of a guess is for sites that have none here.
                if next.isGuess {
                    open = open[head...].filter { !$0.isGuess }
                    head = 0
                }
            }
        }
    }

    private func take(_ document: SitemapDocument, _ scope: CrawlScope, _ keys: inout Set<String>, _ seeds: inout CrawlSeeds) {
        let root = scope.plan.root
        for entry in document.entries where keys.count < Self.maximumPages {
            guard let url = try? SiteURL(entry.location), url.isSameSite(as: root), url.isInside(scope.plan.scope) else { continue }
            let link = LinkResolver.Link(root.adopting(url))
            guard keys.insert(link.key).inserted else { continue }
            seeds.pages.append(link)
            seeds.dates[link.key] = entry.modified
        }
    }

    private enum Reading {
        case none
        case problem(PageOutcome)
        case document(SitemapDocument)
    }

    @concurrent private func sitemap(_ url: SiteURL, _ root: SiteURL) async throws -> Reading {
        let body: [UInt8]
        switch try await fetch(url, root, largest: ByteCount(bytes: SitemapDocument.maximumByteCount)) {
        case .success(let answer)?: body = answer.response.body
        case .failure(let failure)?: return .problem(outcome(url, "\(failure.code): \(failure.message)", isTransient: failure.isTransient))
        case nil: return .none
        }
        do throws(Fault) {
            let file =
                GzipFile.isCompressed(body) ? try GzipFile.inflated(body, limit: SitemapDocument.maximumByteCount) : body
            return SitemapDocument(parsing: file).map(Reading.document) ?? .none
        } catch {
            return .problem(outcome(url, "\(error.code): \(error.message)", isTransient: true))
        }
    }

    // MARK: - llms.txt

    private func readIndex(_ scope: CrawlScope, _ seeds: inout CrawlSeeds) async throws {
        for url in places(of: SiteListing.index.rawValue, scope) where scope.robots.allows(url) {
            switch try await fetch(url, scope.plan.root, largest: .mebibytes(1)) {
            case .success(let answer)?:
                guard let links = await links(of: answer) else { continue }
                seeds.late = links.filter { $0.url.isSameSite(as: scope.plan.root) && $0.url.isInside(scope.plan.scope) }
                return
            case .failure(let failure)?:
                seeds.outcomes.append(outcome(url, "\(failure.code): \(failure.message)", isTransient: failure.isTransient))
                return
            case nil: continue
            }
        }
    }

    /// The addresses in the file; nil when it is a page that the site shows for each address.
    @concurrent private func links(of answer: PageFetcher.Answer) async -> [LinkResolver.Link]? {
        guard let type = PageType(header: answer.response.headers["Content-Type"], path: answer.url.path), type.kind != .html,
            let content = try? DocumentParser.parse(
                bytes: answer.response.body, contentType: "text/markdown", charset: type.charset, url: answer.url.description)
        else { return nil }
        return LinkResolver(page: answer.url).resolve(PageLinks(hrefs: content.links)).onSite
    }

    // MARK: - Files

    /// Where a file may lie that nobody names: in the folder of the start page, and at the top of the site.
    private func places(of name: String, _ scope: CrawlScope) -> [SiteURL] {
        let root = scope.plan.root
        let folders = scope.plan.scope == "/" ? ["/"] : [scope.plan.scope, "/"]
        return folders.map { root.with(path: $0 + name) }
    }

    /// The file at `url`; nil when there is none. Redirects are followed on the site.
    private func fetch(_ url: SiteURL, _ root: SiteURL, largest: ByteCount) async throws -> Result<PageFetcher.Answer, PageFailure>? {
        do {
            let answer = try await pages.read(
                url, known: nil, accept: PageFetcher.listings, largest: largest,
                accepts: { next in
                    next.isSameSite(as: root)
                        ? nil : PageFailure(.skipped, .offSite, code: "E_REDIRECT_DENY", "It redirects to another site.")
                }, wantsBody: { $0.status == 200 })
            switch answer.response.status {
            case 200: return .success(answer)
            case let status where PageFetcher.isTransient(status):
                return .failure(
                    PageFailure(
                        .failed, .status, code: "E_HTTP_STATUS", "The site answers \(status).", status: status, isTransient: true))
            default: return nil
            }
        } catch let failure as PageFailure {
            return failure.reason == .offSite || failure.reason == .redirects ? nil : .failure(failure)
        }
    }

    /// The row of a list that was not read: what it may have named counts as not seen, so that nothing is deleted for it.
    private func outcome(_ url: SiteURL, _ detail: String, isTransient: Bool = false) -> PageOutcome {
        PageOutcome(url: url, kind: .skipped, reason: .listing, detail: detail, depth: 1, isTransient: isTransient)
    }
}
