import Domain
import Fetch
import Policy
import Primitives

/// Reads the pages that a list on the web names, and no others: those of its own site and of the hosts that its operator allows.
struct ListSource: DocumentSource {
    /// Largest list.
    static let largest = ByteCount.mebibytes(16)

    let fetcher: HTTPFetcher
    let policy: URLPolicy
    let gates: GateRegistry
    let extractLinks: LinkExtractor
    let timing: CrawlTiming
    let hosts: ListHosts

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let root = try gates.evaluate(URLGate(policy), plan.root.description).get()
        let own = try await site(root, plan, known)
        let list = try await addresses(root, own.pages)
        var sites = [State(root: root, site: .success(own))]
        var indexes = [Self.key(root): 0]
        let earlier = Dictionary(visited.map { ($0.url.normalizedKey, $0) }) { $1 }
        var summary = CrawlSummary(isComplete: true, hitCap: false, root: root)
        func report(_ outcome: PageOutcome, _ page: FetchedPage?, isNew: Bool = true) async throws {
            summary.counts[outcome.kind, default: 0] += 1
            summary.reasons[outcome.reason, default: 0] += 1
            if outcome.isTransient { summary.isComplete = false }
            if outcome.reason == .cap { (summary.hitCap, summary.isComplete) = (true, false) }
            if isNew, outcome.kind != .skipped || earlier[outcome.url.normalizedKey] == nil { try await onPage(outcome, page) }
        }
        var open: [(url: SiteURL, site: Int)] = []
        var seen: Set<String> = []
        var paths: Set<String> = []
        for text in list {
            guard let named = try? root.resolve(text) else { continue }
            let key = Self.key(named)
            let index = named.isSameSite(as: root) ? 0 : indexes[key] ?? sites.count
            let link = LinkResolver.Link(index < sites.count ? sites[index].root.adopting(named) : named)
            guard seen.insert(link.key).inserted else { continue }
            // A user in the address is dropped from its normal form, and refused by what was written.
            if let refusal = refusal(of: link.url, as: named.hadUserInfo ? text : link.url.description, isOwn: index == 0) {
                try await report(refusal, nil)
            } else if index == ListHosts.maximum {
                try await report(PageOutcome(url: link.url, kind: .skipped, reason: .cap, depth: 1), nil)
            } else if let reason = index == 0 ? own.scope.exclusion(of: link.url) : plan.excludes(link.url) ? .excluded : nil {
                try await report(PageOutcome(url: link.url, kind: .skipped, reason: reason, depth: 1), nil)
            } else if !paths.insert(link.url.trimmedPath).inserted {
                // Pages are told apart by their paths.
                let detail = "E_PATH_TAKEN: Another page of the list has this path on its site."
                try await report(PageOutcome(url: link.url, kind: .skipped, reason: .duplicate, detail: detail, depth: 1), nil)
            } else if let outcome = earlier[link.key], outcome.kind != .skipped, !outcome.isTransient {
                try await report(outcome, nil, isNew: false)
            } else if open.count >= plan.maximumPages {
                try await report(PageOutcome(url: link.url, kind: .skipped, reason: .cap, depth: 1), nil)
            } else {
                if index == sites.count {
                    indexes[key] = index
                    sites.append(State(root: link.url, site: nil))
                }
                open.append((link.url, index))
            }
        }
        // In turns, so that outcomes come in the order of the list and few pages wait in memory.
        let width = min(max(1, plan.limits.concurrency), 64)
        for start in stride(from: 0, to: open.count, by: width) {
            try Task.checkCancellation()
            let turn = Array(open[start..<min(start + width, open.count)])
            try await enter(Set(turn.map(\.site)), &sites, plan, known)
            let entered = sites
            let readings = try await withThrowingTaskGroup(of: (Int, PageReader.Reading).self) { group in
                for (index, candidate) in turn.enumerated() {
                    group.addTask { (index, try await entered[candidate.site].read(candidate.url)) }
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

    // MARK: - Sites

    /// A site of the list, from its first page on.
    private struct State: Sendable {
        let root: SiteURL
        /// Nil until one of its pages is to be read.
        var site: Result<ListSite, Fault>?

        func read(_ url: SiteURL) async throws -> PageReader.Reading {
            switch site {
            case .success(let site)?: return try await site.read(url)
            case .failure(let fault)?:
                // The rules are not known, so everything counts as forbidden for now.
                let outcome = PageOutcome(
                    url: url, kind: .failed, reason: .robots, detail: "\(fault.code): The site's robots.txt cannot be read.", depth: 1,
                    isTransient: true)
                return PageReader.Reading(outcome: outcome, page: nil, links: LinkResolver.Result(), failure: nil)
            // A turn begins when the sites of its pages were entered.
            case nil: preconditionFailure("The site was not entered.")
            }
        }
    }

    /// Reads the rules of those of `chosen` that were not entered yet, side by side.
    private func enter(
        _ chosen: Set<Int>, _ sites: inout [State], _ plan: CrawlPlan, _ known: @escaping @Sendable (SiteURL) async throws -> KnownPage?
    ) async throws {
        let roots = chosen.filter { sites[$0].site == nil }.map { ($0, sites[$0].root) }
        guard !roots.isEmpty else { return }
        let found = try await withThrowingTaskGroup(of: (Int, Result<ListSite, Fault>).self) { group in
            for (index, root) in roots {
                group.addTask {
                    do {
                        return (index, .success(try await site(root, plan, known)))
                    } catch let fault as Fault {
                        return (index, .failure(fault))
                    }
                }
            }
            return try await group.reduce(into: [(Int, Result<ListSite, Fault>)]()) { $0.append($1) }
        }
        for (index, site) in found { sites[index].site = site }
    }

    private func site(
        _ root: SiteURL, _ plan: CrawlPlan, _ known: @escaping @Sendable (SiteURL) async throws -> KnownPage?
    ) async throws -> ListSite {
        // A fetcher for each site, since it keeps the pace of one.
        let pages = PageFetcher(fetcher: fetcher, policy: policy, gates: gates, limits: plan.limits, timing: timing)
        return try await ListSite(root, plan: plan, pages: pages, extractLinks: extractLinks, known: known)
    }

    /// Why a page of another site is not asked for at all; nil when it may be.
    private func refusal(of url: SiteURL, as text: String, isOwn: Bool) -> PageOutcome? {
        if isOwn { return nil }
        guard hosts.contains(url) else { return PageOutcome(url: url, kind: .skipped, reason: .offSite, depth: 1) }
        return gates.evaluate(URLGate(policy), text).rejection.map { PageFailure($0).outcome(url, final: nil, depth: 1) }
    }

    /// The same for all addresses of one site, as ``SiteURL/isSameSite(as:)`` has it.
    private static func key(_ url: SiteURL) -> String { url.explicitPort.map { "\(url.host.text):\($0)" } ?? url.host.text }

    // MARK: - The list

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
