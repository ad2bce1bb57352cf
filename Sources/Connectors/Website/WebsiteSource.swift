package import Domain
package import Fetch
package import Policy

/// Crawls a website breadth-first.
///
/// One crawl runs at most the plan's concurrency of requests, each on its own connection slot of the shared client. Results are reported in
/// the order in which the pages were found; a page that is slow holds back those behind it, of which at most twice the concurrency are
/// read ahead.
package struct WebsiteSource: DocumentSource {
    private let fetcher: HTTPFetcher
    private let policy: URLPolicy
    private let gates: GateRegistry
    private let extractLinks: LinkExtractor
    private let timing: CrawlTiming

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: counts the decisions.
    ///   - extractLinks: finds the references of a page.
    ///   - timing: the clock of pauses.
    package init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, extractLinks: @escaping LinkExtractor, timing: CrawlTiming = .system
    ) {
        self.fetcher = fetcher
        self.policy = policy
        self.gates = gates
        self.extractLinks = extractLinks
        self.timing = timing
    }

    package func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let root = try gates.evaluate(URLGate(policy), plan.root.description).get()
        let pages = PageFetcher(fetcher: fetcher, policy: policy, gates: gates, limits: plan.limits, timing: timing)
        let robots = try await RobotsReader(pages: pages).rules(for: root, obeys: plan.limits.obeysRobots)
        guard robots.allows(root) else {
            throw Fault(
                .authorization, code: "E_ROBOTS", "The site's robots.txt forbids the start page.", field: "web_url",
                hint: "Ask the owner of the site, or start at a page that is allowed.")
        }
        pages.setPace(crawlDelay: robots.crawlDelay)
        var run = CrawlRun(
            frontier: CrawlFrontier(plan: plan, robots: robots), visited: visited,
            reader: PageReader(pages: pages, extractLinks: extractLinks, known: known),
            seeds: SeedReader(pages: pages, timing: timing))
        return try await run.walk(onPage)
    }
}
