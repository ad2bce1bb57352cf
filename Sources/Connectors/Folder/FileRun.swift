import Digests
import Domain
import FoundationEssentials
import Primitives

/// Hands out the pages among the files of a folder, in the order of their paths.
struct FileRun {
    private struct Candidate {
        let url: SiteURL
        let item: FileItem
        let type: PageContentType
        let known: KnownPage?
    }

    /// What became of a candidate.
    private struct Reading: Sendable {
        let outcome: PageOutcome
        let page: FetchedPage?
    }

    /// Where the files are.
    let root: RootedFolder
    /// The address of the folder, with a slash at its end.
    let base: SiteURL
    let plan: CrawlPlan
    let extractLinks: LinkExtractor
    let known: @Sendable (SiteURL) async throws -> KnownPage?

    /// Reports every file once.
    ///
    /// - Throws: ``Domain/Fault`` `E_NO_PAGES` when none of them is a page, what `onPage` and `known` throw, `CancellationError`.
    func run(
        _ items: [FileItem], visited: [PageOutcome], _ onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        guard items.contains(where: { $0.obstacle == nil && $0.type != nil }) else {
            throw Fault(
                .validation, code: "E_NO_PAGES", "There are no pages in it.", field: "web_url", limit: "HTML, Markdown, plain text",
                hint: "Check what is packed.")
        }
        let earlier = Dictionary(visited.map { ($0.url.normalizedKey, $0) }) { $1 }
        var summary = CrawlSummary(isComplete: true, hitCap: false, root: base)
        var waiting: [Candidate] = []
        var spent = 0
        var skips = 0
        func report(_ outcome: PageOutcome, _ page: FetchedPage? = nil) async throws {
            summary.counts[outcome.kind, default: 0] += 1
            summary.reasons[outcome.reason, default: 0] += 1
            if outcome.isTransient { summary.isComplete = false }
            if outcome.kind == .skipped {
                skips += 1
                if skips > plan.limits.reportedSkips { return }
            }
            // What failed for a while in an earlier attempt is told anew.
            if earlier[outcome.url.normalizedKey]?.isTransient ?? true { try await onPage(outcome, page) }
        }
        func flush() async throws {
            for reading in try await read(waiting) { try await report(reading.outcome, reading.page) }
            waiting.removeAll(keepingCapacity: true)
        }
        for item in items {
            try Task.checkCancellation()
            let url = item.url(below: base)
            if let outcome = earlier[url.normalizedKey], !outcome.isTransient, outcome.reason != .cap {
                if outcome.kind != .skipped { spent += 1 }
                try await report(outcome)
                continue
            }
            if let skip = skip(item, url) {
                try await report(skip)
                continue
            }
            guard let type = item.type else { continue }
            guard spent < plan.maximumPages else {
                (summary.hitCap, summary.isComplete) = (true, false)
                try await report(PageOutcome(url: url, kind: .skipped, reason: .cap, depth: item.path.count - 1))
                continue
            }
            spent += 1
            waiting.append(Candidate(url: url, item: item, type: type, known: try await known(url)))
            if waiting.count >= min(max(1, plan.limits.concurrency), 64) { try await flush() }
        }
        try await flush()
        return summary
    }

    /// The outcome of a file that is not read.
    private func skip(_ item: FileItem, _ url: SiteURL) -> PageOutcome? {
        let depth = item.path.count - 1
        if let obstacle = item.obstacle { return obstacle.outcome(url, final: nil, depth: depth) }
        guard url.description.utf8.count <= SiteURL.maximumLength else {
            return PageOutcome(url: base, kind: .skipped, reason: .invalid, detail: "The path is too long for an address.", depth: depth)
        }
        let isIncluded = plan.include.isEmpty || plan.include.contains { $0.matches(url) }
        if !isIncluded || plan.exclude.contains(where: { $0.matches(url) }) {
            return PageOutcome(url: url, kind: .skipped, reason: .excluded, depth: depth)
        }
        return item.type == nil ? PageOutcome(url: url, kind: .skipped, reason: .contentType, depth: depth) : nil
    }

    // MARK: Reading

    /// Reads the files on a thread of their own, then parses them side by side.
    private func read(_ candidates: [Candidate]) async throws -> [Reading] {
        guard !candidates.isEmpty else { return [] }
        let (root, limit) = (root, plan.limits.pageSize.bytes)
        let readings = try await BlockingWork.run { isCancelled in
            try candidates.map { candidate in
                if isCancelled() { throw CancellationError() }
                return Self.read(candidate, root, limit: limit)
            }
        }
        let extractLinks = extractLinks
        await withDiscardingTaskGroup { group in
            // The pages are parsed for their links and kept by whoever gave the function: here the links lead nowhere.
            for page in readings.compactMap(\.page) { group.addTask { _ = extractLinks(page) } }
        }
        return readings
    }

    private static func read(_ candidate: Candidate, _ root: RootedFolder, limit: Int) -> Reading {
        let (url, depth) = (candidate.url, candidate.item.path.count - 1)
        func unchanged() -> Reading {
            Reading(outcome: PageOutcome(url: url, kind: .notModified, depth: depth, links: candidate.known?.links ?? []), page: nil)
        }
        func failed(_ failure: PageFailure) -> Reading { Reading(outcome: failure.outcome(url, final: nil, depth: depth), page: nil) }
        let etag = candidate.known?.etag
        if let digest = candidate.item.digest, digest == etag { return unchanged() }
        let content: [UInt8]?
        do throws(RootedFolder.Failure) {
            content = try root.read(candidate.item.path, limit: limit)
        } catch {
            // It was there when the folder was listed.
            return failed(
                PageFailure(.failed, .refused, code: "E_STORAGE", "The file cannot be read: \(error).", isTransient: true))
        }
        guard let content else {
            return failed(PageFailure(.failed, .tooLarge, code: "E_FILE_SIZE", "The file is too large.", limit: "\(limit) bytes"))
        }
        let digest = SHA256.hash(content).hexadecimal
        if digest == etag { return unchanged() }
        let page = FetchedPage(
            url: url, finalURL: url, status: 200, contentType: candidate.type, charset: nil, body: content, etag: digest, lastModified: nil,
            depth: depth, fetchedAt: Date())
        return Reading(outcome: PageOutcome(url: url, kind: .fetched, depth: depth), page: page)
    }
}
