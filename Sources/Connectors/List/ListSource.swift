import Domain
import Fetch
import Policy
import Primitives

/// Reads the pages that a list on the web names, and no others.
struct ListSource: DocumentSource {
    /// Largest list.
    static let largest = ByteCount.mebibytes(16)

    let fetcher: HTTPFetcher
    let policy: URLPolicy
    let gates: GateRegistry
    let extractLinks: LinkExtractor
    let timing: CrawlTiming

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let root = try gates.evaluate(URLGate(policy), plan.root.description).get()
        let pages = PageFetcher(fetcher: fetcher, policy: policy, gates: gates, limits: plan.limits, timing: timing)
        let robots = try await RobotsReader(pages: pages).rules(for: root, obeys: plan.limits.obeysRobots)
        pages.setPace(crawlDelay: robots.crawlDelay)
        let list = try await addresses(root, pages)
        // The whole site, since the list says what belongs to it.
        let scope = CrawlScope(plan: plan.moved(to: root, scope: "/"), robots: robots)
        let reader = PageReader(pages: pages, extractLinks: extractLinks, known: known)
        let earlier = Dictionary(visited.map { ($0.url.normalizedKey, $0) }) { $1 }
        var summary = CrawlSummary(isComplete: true, hitCap: false, root: root)
        func report(_ outcome: PageOutcome, _ page: FetchedPage?, isNew: Bool = true) async throws {
            summary.counts[outcome.kind, default: 0] += 1
            summary.reasons[outcome.reason, default: 0] += 1
            if outcome.isTransient { summary.isComplete = false }
            if outcome.reason == .cap { (summary.hitCap, summary.isComplete) = (true, false) }
            if isNew, outcome.kind != .skipped || earlier[outcome.url.normalizedKey] == nil { try await onPage(outcome, page) }
        }
        var open: [CrawlFrontier.Candidate] = []
        var seen: Set<String> = []
        for text in list {
            guard let url = try? root.resolve(text) else { continue }
            let link = LinkResolver.Link(url.isSameSite(as: root) ? root.adopting(url) : url)
            guard seen.insert(link.key).inserted else { continue }
            if let reason = scope.exclusion(of: link.url) {
                try await report(PageOutcome(url: link.url, kind: .skipped, reason: reason, depth: 1), nil)
            } else if let outcome = earlier[link.key], outcome.kind != .skipped, !outcome.isTransient {
                try await report(outcome, nil, isNew: false)
            } else if open.count >= plan.maximumPages {
                try await report(PageOutcome(url: link.url, kind: .skipped, reason: .cap, depth: 1), nil)
            } else {
                open.append(CrawlFrontier.Candidate(url: link.url, depth: 1))
            }
        }
        let accepts: @Sendable (SiteURL) -> PageFailure? = { next in
            scope.exclusion(of: next).map {
                PageFailure(.skipped, $0, code: "E_REDIRECT_DENY", "The page redirects to \(next.redacted).")
            }
        }
        // In turns, so that outcomes come in the order of the list and few pages wait in memory.
        let width = min(max(1, plan.limits.concurrency), 64)
        for start in stride(from: 0, to: open.count, by: width) {
            try Task.checkCancellation()
            let turn = Array(open[start..<min(start + width, open.count)])
            let readings = try await withThrowingTaskGroup(of: (Int, PageReader.Reading).self) { group in
                for (index, candidate) in turn.enumerated() {
                    group.addTask { (index, try await reader.read(candidate, accepts: accepts)) }
                }
                return try await group.reduce(into: [Int: PageReader.Reading]()) { $0[$1.0] = $1.1 }
            }
            for index in turn.indices {
                guard let reading = readings[index] else { continue }
                try await report(reading.outcome, reading.outcome.kind == .fetched ? reading.page : nil)
            }
        }
        return summary
    }

    private func addresses(_ root: SiteURL, _ pages: PageFetcher) async throws -> [String] {
        do {
            let answer = try await pages.read(
                root, known: nil, accept: "text/plain, application/json, */*;q=0.1", largest: Self.largest,
                accepts: { next in
                    next.isSameSite(as: root)
                        ? nil : PageFailure(.failed, .redirects, code: "E_REDIRECT_DENY", "The list redirects to another site.")
                }, wantsBody: { $0.status == 200 })
            guard answer.response.status == 200 else {
                let status = answer.response.status
                throw PageFailure(
                    .failed, .status, code: "E_HTTP_STATUS", "The site answers \(status).", status: status, hint: "Check the address.",
                    isTransient: PageFetcher.isTransient(status))
            }
            guard let list = AddressList.addresses(answer.response.body) else {
                throw Fault(
                    .validation, code: "E_LIST_FORMAT", "The list is no list of addresses, or breaks off.", field: "web_url",
                    limit: "text with one address on each line, or a JSON array; at most \(AddressList.maximumEntries) addresses",
                    hint: "Write absolute addresses, and nothing else but lines that begin with #.")
            }
            return list
        } catch let failure as PageFailure {
            throw failure.startFault
        }
    }
}
