import Domain
import Primitives

/// One crawl in progress: runs what the frontier hands out, with a bound, and gives the results back in order.
struct CrawlRun {
    private struct Finished {
        let candidate: CrawlFrontier.Candidate
        let reading: PageReader.Reading
        /// Reported by an earlier run of the same job.
        let isReported: Bool
    }

    private var frontier: CrawlFrontier
    private var reader: PageReader
    private let seeds: SeedReader
    private let visited: [String: PageOutcome]
    private var summary: CrawlSummary
    private var finished: [Int: Finished] = [:]
    private var nextNumber = 0
    private var nextCommit = 0
    private var reportedSkips = 0

    init(frontier: CrawlFrontier, visited: [PageOutcome], reader: PageReader, seeds: SeedReader) {
        self.frontier = frontier
        self.reader = reader
        self.seeds = seeds
        self.visited = Dictionary(visited.map { ($0.url.normalizedKey, $0) }) { $1 }
        summary = CrawlSummary(isComplete: true, hitCap: false, root: frontier.plan.root)
    }

    /// Walks until nothing is left.
    mutating func walk(_ onPage: (PageOutcome, FetchedPage?) async throws -> Void) async throws -> CrawlSummary {
        let concurrency = min(max(1, frontier.plan.limits.concurrency), 64)
        try await withThrowingTaskGroup(of: (Int, CrawlFrontier.Candidate, PageReader.Reading).self) { group in
            var running = 0
            while true {
                try Task.checkCancellation()
                while running < concurrency, nextNumber - nextCommit < 2 * concurrency, let candidate = frontier.next() {
                    let number = nextNumber
                    nextNumber += 1
                    if let outcome = reusable(candidate) {
                        finished[number] = Finished(candidate: candidate, reading: reused(outcome), isReported: true)
                        continue
                    }
                    let (reader, accepts) = (reader, redirectRule(candidate))
                    group.addTask { (number, candidate, try await reader.read(candidate, accepts: accepts)) }
                    running += 1
                }
                while let result = finished.removeValue(forKey: nextCommit) {
                    nextCommit += 1
                    try await commit(result, onPage)
                }
                if running == 0 {
                    if nextNumber > nextCommit || frontier.canHandOut { continue }
                    guard let outcomes = frontier.admitRest() else { break }
                    for outcome in outcomes { try await report(outcome, nil, onPage) }
                    continue
                }
                if running < concurrency, nextNumber - nextCommit < 2 * concurrency, frontier.canHandOut { continue }
                guard let (number, candidate, reading) = try await group.next() else { break }
                running -= 1
                finished[number] = Finished(candidate: candidate, reading: reading, isReported: false)
            }
        }
        for outcome in frontier.drain() {
            if outcome.reason == .cap { (summary.hitCap, summary.isComplete) = (true, false) }
            try await report(outcome, nil, onPage)
        }
        if frontier.unlisted > 0 {
            (summary.hitCap, summary.isComplete) = (true, false)
            summary.counts[.skipped, default: 0] += frontier.unlisted
            summary.reasons[.cap, default: 0] += frontier.unlisted
        }
        return summary
    }

    private mutating func commit(_ result: Finished, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void) async throws {
        let reading = result.reading
        if result.candidate.depth == 0 {
            if let failure = reading.failure { throw failure.startFault }
            if let final = reading.outcome.finalURL {
                frontier.move(to: final)
                summary.root = final
            }
        }
        // What is behind the links that were left out may not be deleted for not having been found.
        if reading.links.isIncomplete { (summary.hitCap, summary.isComplete) = (true, false) }
        let decision = frontier.commit(
            CrawlFrontier.Result(candidate: result.candidate, outcome: reading.outcome, links: reading.links))
        if let own = decision.own {
            if result.isReported {
                count(own)
            } else {
                try await report(own, own.kind == .fetched ? reading.page : nil, onPage)
            }
        }
        for outcome in decision.others { try await report(outcome, nil, onPage) }
        if result.candidate.depth == 0, frontier.plan.depth > 0 {
            let found = try await seeds.read(frontier.scope)
            reader.dates = found.dates
            for outcome in found.outcomes + frontier.seed(found) { try await report(outcome, nil, onPage) }
        }
    }

    private mutating func report(
        _ outcome: PageOutcome, _ page: FetchedPage?, _ onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws {
        count(outcome)
        if outcome.kind == .skipped {
            reportedSkips += 1
            if reportedSkips > frontier.plan.limits.reportedSkips || visited[outcome.url.normalizedKey] != nil { return }
        }
        try await onPage(outcome, page)
    }

    private mutating func count(_ outcome: PageOutcome) {
        summary.counts[outcome.kind, default: 0] += 1
        summary.reasons[outcome.reason, default: 0] += 1
        if outcome.isTransient { summary.isComplete = false }
    }

    // MARK: - Resuming

    private func reusable(_ candidate: CrawlFrontier.Candidate) -> PageOutcome? {
        guard let outcome = visited[candidate.url.normalizedKey], outcome.kind != .skipped || Self.wasAsked(outcome), !outcome.isTransient
        else { return nil }
        return outcome
    }

    /// Whether a page that was skipped had been read before.
    private static func wasAsked(_ outcome: PageOutcome) -> Bool {
        switch outcome.reason {
        case .noindex, .canonical: true
        // Without an address a Markdown file beside its page, which was not asked for.
        case .duplicate: outcome.finalURL != nil
        default: false
        }
    }

    private func reused(_ outcome: PageOutcome) -> PageReader.Reading {
        PageReader.Reading(outcome: outcome, page: nil, links: LinkResolver.Result(stored: outcome.links), failure: nil)
    }

    // MARK: - Redirects

    /// Why a redirect of `candidate` may not be followed. The start page may move to the `www` form of its host and back.
    private func redirectRule(_ candidate: CrawlFrontier.Candidate) -> @Sendable (SiteURL) -> PageFailure? {
        let scope = frontier.scope
        return { next in
            if candidate.depth == 0 {
                guard !next.isSameSite(as: candidate.url), !Self.isTwin(next, candidate.url) else { return nil }
                return PageFailure(
                    .failed, .redirects, code: "E_REDIRECT_DENY", "It redirects to another site, \(next.redacted).",
                    hint: "Ingest that address if it is the one you mean.")
            }
            guard let reason = scope.exclusion(of: next) else { return nil }
            return PageFailure(.skipped, reason, code: "E_REDIRECT_DENY", "The page redirects to \(next.redacted).")
        }
    }

    private static func isTwin(_ left: SiteURL, _ right: SiteURL) -> Bool {
        guard left.explicitPort == nil, right.explicitPort == nil else { return false }
        return left.host.text == "www." + right.host.text || right.host.text == "www." + left.host.text
    }
}
