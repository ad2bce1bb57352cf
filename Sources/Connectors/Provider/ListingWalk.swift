import Domain
import FoundationEssentials
import Primitives

/// Walks a listing: reads what has changed, with a bound, and reports everything in the order of the listing.
struct ListingWalk {
    /// Pages in a row that could not be read before the provider counts as away.
    static let toleratedFailures = 5

    private struct Reading: Sendable {
        var outcome: PageOutcome
        var page: FetchedPage?
        /// Reported by an earlier run of the same job.
        var isReported = false
        /// What made the page unreadable, when another try may help.
        var fault: Fault?
    }

    let plan: CrawlPlan
    let visited: [PageOutcome]
    let known: @Sendable (SiteURL) async throws -> KnownPage?
    let extractLinks: LinkExtractor
    /// Reads the page of an index; throws ``PageFailure`` or a transient ``Fault`` for what concerns the page alone.
    let read: @Sendable (Int) async throws -> ListedContent

    /// Walks all pages of `listing`.
    ///
    /// - Throws: the first ``Fault`` that concerns more than one page: a refused credential, an allowance that is used up, a provider that is
    ///   away. What has been reported stays; a later run of the same job goes on from there.
    func run(_ listing: Listing, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void) async throws -> CrawlSummary {
        let earlier = Dictionary(visited.map { ($0.url.normalizedKey, $0) }) { $1 }
        let concurrency = min(max(1, plan.limits.concurrency), 16)
        var summary = CrawlSummary(isComplete: listing.isWhole, hitCap: false, root: plan.root)
        try await withThrowingTaskGroup(of: (Int, Reading).self) { group in
            var finished: [Int: Reading] = [:]
            var (next, committed, running, spent, failures) = (0, 0, 0, 0, 0)
            while committed < listing.pages.count {
                try Task.checkCancellation()
                while running < concurrency, next < listing.pages.count, next - committed < 2 * concurrency {
                    let (index, page) = (next, listing.pages[next])
                    next += 1
                    if let settled = try await settled(page, earlier: earlier, hasRoom: spent < plan.maximumPages) {
                        if [.fetched, .notModified, .failed].contains(settled.outcome.kind) { spent += 1 }
                        finished[index] = settled
                        continue
                    }
                    spent += 1
                    let reader = self
                    group.addTask { (index, try await reader.reading(index, page)) }
                    running += 1
                }
                while let reading = finished.removeValue(forKey: committed) {
                    committed += 1
                    failures = reading.fault == nil ? 0 : failures + 1
                    if let fault = reading.fault, failures >= Self.toleratedFailures { throw fault }
                    try await Self.report(reading, in: &summary, onPage)
                }
                guard running > 0, finished[committed] == nil, let (index, reading) = try await group.next() else { continue }
                running -= 1
                finished[index] = reading
            }
        }
        return summary
    }

    private static func report(
        _ reading: Reading, in summary: inout CrawlSummary, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws {
        summary.counts[reading.outcome.kind, default: 0] += 1
        summary.reasons[reading.outcome.reason, default: 0] += 1
        if reading.outcome.reason == .cap { summary.hitCap = true }
        if reading.outcome.reason == .cap || reading.outcome.isTransient { summary.isComplete = false }
        if !reading.isReported { try await onPage(reading.outcome, reading.page) }
    }

    /// What needs no request: done before, excluded, over the cap, not worth it, unchanged.
    private func settled(_ page: ListedPage, earlier: [String: PageOutcome], hasRoom: Bool) async throws -> Reading? {
        if let outcome = earlier[page.url.normalizedKey], !outcome.isTransient, outcome.reason != .cap {
            return Reading(outcome: outcome, isReported: true)
        }
        if isExcluded(page.url) { return Reading(outcome: PageOutcome(url: page.url, kind: .skipped, reason: .excluded, depth: 1)) }
        guard hasRoom else { return Reading(outcome: PageOutcome(url: page.url, kind: .skipped, reason: .cap, depth: 1)) }
        if let failure = page.failure { return Reading(outcome: failure.outcome(page.url, final: nil, depth: 1)) }
        guard let known = try await known(page.url), known.etag == page.validator else { return nil }
        return Reading(outcome: PageOutcome(url: page.url, kind: .notModified, depth: 1, links: known.links))
    }

    private func isExcluded(_ url: SiteURL) -> Bool {
        (!plan.include.isEmpty && !plan.include.contains { $0.matches(url) }) || plan.exclude.contains { $0.matches(url) }
    }

    @concurrent
    private func reading(_ index: Int, _ listed: ListedPage) async throws -> Reading {
        do {
            let content = try await read(index)
            let page = FetchedPage(
                url: listed.url, finalURL: listed.url, status: 200, contentType: content.type, charset: content.charset, body: content.body,
                etag: listed.validator, lastModified: nil, depth: 1, fetchedAt: Date(),
                tags: content.tags)
            let links = LinkResolver(page: listed.url).resolve(extractLinks(page))
            return Reading(
                outcome: PageOutcome(url: listed.url, kind: .fetched, status: 200, depth: 1, links: links.stored), page: page)
        } catch let failure as PageFailure {
            return Reading(outcome: failure.outcome(listed.url, final: nil, depth: 1))
        } catch let fault as Fault {
            guard fault.isTransient, fault.category != .rateLimited else { throw fault }
            let outcome = PageOutcome(
                url: listed.url, kind: .failed, reason: fault.category == .timeout ? .timeout : .connection,
                detail: "\(fault.code): \(fault.message)", depth: 1, isTransient: true)
            return Reading(outcome: outcome, fault: fault)
        }
    }
}
