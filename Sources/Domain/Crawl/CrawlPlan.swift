/// What a crawl is to do.
package struct CrawlPlan: Sendable {
    /// The start page. The crawl stays on its site, and under ``scope``.
    package let root: SiteURL
    /// Links are followed this many steps from the start page: 0 to 10; 0 reads the start page alone. Default 3.
    package let depth: Int
    /// Pages read at most, 1 to 100,000. Default 500.
    package let maximumPages: Int
    /// A page must match one of these unless there are none. The start page is always read.
    package let include: [URLPattern]
    /// A page must match none of these. The start page is always read.
    package let exclude: [URLPattern]
    /// Bounds on single requests.
    package let limits: CrawlLimits
    /// The path under which pages belong to the crawl; begins and ends with a slash.
    package let scope: String
    /// The job that walks; nil outside jobs.
    package var job: RunningJob?

    /// Makes a plan.
    ///
    /// - Parameter scope: `nil` for the folder of the start page: `/docs`, `/docs/` and `/docs/index.html` all mean `/docs/`.
    /// - Throws: ``Fault`` of category `validation` that names the field and the limit.
    package init(
        root: SiteURL, depth: Int = 3, maximumPages: Int = 500, include: [URLPattern] = [], exclude: [URLPattern] = [],
        limits: CrawlLimits = CrawlLimits(), scope: String? = nil
    ) throws(Fault) {
        guard (0...10).contains(depth) else { throw .invalid(field: "crawl_depth", "The crawl depth is out of range.", limit: "0 to 10") }
        guard (1...100_000).contains(maximumPages) else {
            throw .invalid(field: "max_pages", "The number of pages is out of range.", limit: "1 to 100000")
        }
        self.root = root
        self.depth = depth
        self.maximumPages = maximumPages
        self.include = include
        self.exclude = exclude
        self.limits = limits
        self.scope = scope ?? root.folder
    }

    /// The same plan for another start page of the same site and another scope: what a redirect of the start page makes of it.
    package func moved(to root: SiteURL, scope: String) -> CrawlPlan {
        CrawlPlan(moving: self, to: root, scope: scope)
    }

    private init(moving plan: CrawlPlan, to root: SiteURL, scope: String) {
        self.root = root
        depth = plan.depth
        maximumPages = plan.maximumPages
        include = plan.include
        exclude = plan.exclude
        limits = plan.limits
        self.scope = scope
        job = plan.job
    }
}
