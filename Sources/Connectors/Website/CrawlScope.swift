import Domain

/// Which addresses belong to a crawl.
struct CrawlScope: Sendable {
    let plan: CrawlPlan
    let robots: RobotsRules

    /// Why `url` is outside of the plan, whatever its depth; `nil` when it belongs to it.
    func exclusion(of url: SiteURL) -> PageOutcome.Reason? {
        if !url.isSameSite(as: plan.root) { return .offSite }
        if !url.isInside(plan.scope) { return .outOfScope }
        if !plan.include.isEmpty, !plan.include.contains(where: { $0.matches(url) }) { return .excluded }
        if plan.exclude.contains(where: { $0.matches(url) }) { return .excluded }
        return robots.allows(url) ? nil : .robots
    }
}
