import Domain

/// Which addresses belong to a crawl.
struct CrawlScope: Sendable {
    let plan: CrawlPlan
    let robots: RobotsRules

    /// Why `url` is outside of the plan, whatever its depth; `nil` when it belongs to it.
    func exclusion(of url: SiteURL) -> PageOutcome.Reason? {
        if !url.isSameSite(as: plan.root) { return .offSite }
        if !url.isInside(plan.scope) { return .outOfScope }
        return plan.excludes(url) ? .excluded : robots.allows(url) ? nil : .robots
    }
}

extension CrawlPlan {
    /// Whether the patterns leave out `url`.
    func excludes(_ url: SiteURL) -> Bool {
        if !include.isEmpty, !include.contains(where: { $0.matches(url) }) { return true }
        return exclude.contains { $0.matches(url) }
    }
}
