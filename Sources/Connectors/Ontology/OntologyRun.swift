import Domain
import FoundationEssentials
import Ontologies

/// One job over an ontology: hands out its pages in order.
struct OntologyRun {
    /// What is read.
    struct Target: Sendable {
        /// Where the file lies.
        let address: SiteURL
        /// Stands for the title when the file has none.
        let name: String
        /// Name of the licence, from the registry.
        let license: String?
    }

    private let plan: CrawlPlan
    private let known: @Sendable (SiteURL) async throws -> KnownPage?
    private let visited: Set<String>
    private var summary: CrawlSummary
    private var pages = 0

    init(plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome]) {
        (self.plan, self.known) = (plan, known)
        self.visited = Set(visited.map(\.url.normalizedKey))
        summary = CrawlSummary(isComplete: true, hitCap: false, root: plan.root)
    }

    // MARK: - A file that was read

    mutating func walk(
        _ terms: TermPages, _ file: OntologyFiles.File, _ target: Target, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let addresses = TermAddresses(terms.ontology.terms, root: plan.root)
        let isWhole = addresses.all.count < plan.maximumPages
        let marker = Self.marker(target.address)
        // Without validators a file of which pages were left out is read again, whatever has become of it.
        let introduction = FetchedPage(
            url: plan.root, finalURL: plan.root, status: 200, contentType: .markdown, charset: "utf-8",
            body: Array(terms.introduction(name: target.name, license: target.license).utf8), etag: isWhole ? file.etag : nil,
            lastModified: isWhole ? file.lastModified : nil, depth: 0, fetchedAt: Date())
        let links = isWhole ? [marker] + addresses.all.map(\.description) : []
        try await report(PageOutcome(url: plan.root, kind: .fetched, status: 200, depth: 0, links: links), introduction, onPage)
        pages = 1
        for (index, problem) in terms.ontology.problems.enumerated() {
            let place = problem.line.map { "line \($0): " } ?? ""
            let url = plan.root.with(path: plan.root.trimmedPath + "/problem-\(index + 1)")
            try await report(
                PageOutcome(url: url, kind: .skipped, reason: .invalid, detail: "\(problem.code): \(place)\(problem.message)", depth: 1),
                nil,
                onPage)
        }
        for (index, term) in terms.ontology.terms.enumerated() {
            try Task.checkCancellation()
            let url = addresses.all[index]
            guard try await admits(url, onPage) else { continue }
            guard !visited.contains(url.normalizedKey) else {
                count(PageOutcome(url: url, kind: .fetched, depth: 1))
                continue
            }
            let markdown = terms.page(of: term)
            let etag = "\"\(TermPages.checksum(markdown))\""
            if try await known(url)?.etag == etag {
                try await report(PageOutcome(url: url, kind: .notModified, depth: 1), nil, onPage)
            } else {
                let page = FetchedPage(
                    url: url, finalURL: url, status: 200, contentType: .markdown, charset: "utf-8", body: Array(markdown.utf8), etag: etag,
                    lastModified: nil, depth: 1, fetchedAt: Date())
                try await report(PageOutcome(url: url, kind: .fetched, status: 200, depth: 1), page, onPage)
            }
        }
        return summary
    }

    // MARK: - A file that has not changed

    /// Names the file and the way in which its pages are made: another one of either is read anew.
    private static func marker(_ file: SiteURL) -> String { "\(file)#terms-\(TermPages.revision)" }

    /// The addresses of the pages that were made of the file at `file`; nil when `stored` was made of something else.
    static func pages(of stored: KnownPage, file: SiteURL) -> [SiteURL]? {
        guard stored.etag != nil || stored.lastModified != nil, stored.links.first == marker(file) else { return nil }
        return try? stored.links.dropFirst().map { try SiteURL($0) }
    }

    /// Reports that all pages are as they were.
    /// - Returns: nil, before anything was reported, when one of them has to be made again.
    mutating func confirm(
        _ addresses: [SiteURL], _ stored: KnownPage, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary? {
        guard addresses.count < plan.maximumPages else { return nil }
        for url in addresses where isWanted(url) {
            if try await known(url) == nil { return nil }
        }
        try await report(PageOutcome(url: plan.root, kind: .notModified, status: 304, depth: 0, links: stored.links), nil, onPage)
        pages = 1
        for url in addresses {
            try Task.checkCancellation()
            guard try await admits(url, onPage) else { continue }
            try await report(PageOutcome(url: url, kind: .notModified, depth: 1), nil, onPage)
        }
        return summary
    }

    // MARK: - Reporting

    private func isWanted(_ url: SiteURL) -> Bool {
        (plan.include.isEmpty || plan.include.contains { $0.matches(url) }) && !plan.exclude.contains { $0.matches(url) }
    }

    /// Counts a page, or reports why it is left out.
    private mutating func admits(_ url: SiteURL, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void) async throws -> Bool {
        guard isWanted(url) else {
            try await report(PageOutcome(url: url, kind: .skipped, reason: .excluded, depth: 1), nil, onPage)
            return false
        }
        guard pages < plan.maximumPages else {
            (summary.hitCap, summary.isComplete) = (true, false)
            try await report(PageOutcome(url: url, kind: .skipped, reason: .cap, depth: 1), nil, onPage)
            return false
        }
        pages += 1
        return true
    }

    private mutating func report(
        _ outcome: PageOutcome, _ page: FetchedPage?, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws {
        count(outcome)
        guard !visited.contains(outcome.url.normalizedKey) else { return }
        if outcome.kind == .skipped, summary.counts[.skipped, default: 0] > plan.limits.reportedSkips { return }
        try await onPage(outcome, page)
    }

    private mutating func count(_ outcome: PageOutcome) {
        summary.counts[outcome.kind, default: 0] += 1
        summary.reasons[outcome.reason, default: 0] += 1
    }
}
