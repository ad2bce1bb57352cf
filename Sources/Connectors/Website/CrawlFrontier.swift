import Domain

/// What a crawl has seen and what comes next: a pure machine in breadth-first order.
///
/// Pages are handed out by ``next()`` in order; their results must be given back in the same order with ``commit(_:)``. Then the
/// pages that are read, their depths and the place where the cap falls do not depend on timing.
struct CrawlFrontier {
    /// A page to ask for.
    struct Candidate: Sendable, Hashable {
        let url: SiteURL
        let depth: Int
        /// Known only by the name of the public host of a mirror, see ``LinkResolver``.
        var isMapped = false
    }

    /// What became of a candidate.
    struct Result {
        let candidate: Candidate
        /// The outcome as the fetch saw it; a redirect onto a page that is known anyway turns it into a duplicate.
        var outcome: PageOutcome
        /// Links of the page.
        var links = LinkResolver.Result()
        /// Whether the page counts against the cap.
        var countsAgainstCap: Bool { outcome.kind == .fetched || outcome.kind == .notModified || outcome.kind == .failed }
    }

    private enum Mark {
        case taken, skipped
    }

    /// What belongs to the crawl.
    private(set) var scope: CrawlScope
    private var queue: [Candidate] = []
    private var head = 0
    private var marks: [String: Mark] = [:]
    private var spent = 0
    /// Pages that the mirror lacks and that only links to the public host have named so far.
    private var missing: [String: PageOutcome] = [:]
    private var missingOrder: [String] = []

    /// A frontier that holds the start page.
    init(plan: CrawlPlan, robots: RobotsRules) {
        scope = CrawlScope(plan: plan, robots: robots)
        queue.append(Candidate(url: plan.root, depth: 0))
        marks[plan.root.normalizedKey] = .taken
    }

    /// The plan, with the start page where it was found.
    var plan: CrawlPlan { scope.plan }

    /// Whether ``next()`` has something.
    var canHandOut: Bool { head < queue.count && spent < plan.maximumPages }

    /// The next page to ask for; `nil` when none waits or the cap leaves no room. After a `nil` the room may grow with a commit.
    mutating func next() -> Candidate? {
        guard canHandOut else { return nil }
        spent += 1
        if head > 1024, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        head += 1
        return queue[head - 1]
    }

    /// Follows the start page to where it was redirected.
    mutating func move(to root: SiteURL) {
        let folder = root.isInside(plan.scope) && root.isSameSite(as: plan.root) ? plan.scope : root.folder
        scope = CrawlScope(plan: plan.moved(to: root, scope: folder), robots: scope.robots)
        marks[root.normalizedKey] = .taken
    }

    /// Takes the result of a candidate. Returns the outcomes to report: the candidate's own, then those of links that are not followed;
    /// none for a page that ``drain()`` decides on.
    mutating func commit(_ result: Result) -> [PageOutcome] {
        var result = result
        if let final = result.outcome.finalURL, final.normalizedKey != result.candidate.url.normalizedKey, result.candidate.depth > 0 {
            if marks[final.normalizedKey] == .taken {
                result.outcome = PageOutcome(
                    url: result.candidate.url, finalURL: final, kind: .skipped, reason: .duplicate, status: result.outcome.status,
                    depth: result.candidate.depth)
                result.links = LinkResolver.Result()
            } else {
                marks[final.normalizedKey] = .taken
            }
        }
        if result.candidate.isMapped, result.outcome.kind == .gone {
            // The link means the public host, which is not followed; it may be a link of the mirror itself yet.
            missing[result.candidate.url.normalizedKey] = result.outcome
            missingOrder.append(result.candidate.url.normalizedKey)
            spent -= 1
            return []
        }
        if !result.countsAgainstCap { spent -= 1 }
        var outcomes = [result.outcome]
        let depth = result.candidate.depth + 1
        for link in result.links.onSite { if let skip = consider(link, depth: depth) { outcomes.append(skip) } }
        for link in result.links.mapped { if let skip = consider(link, depth: depth, isMapped: true) { outcomes.append(skip) } }
        for link in result.links.offSite { if let skip = skip(link, .offSite, depth: depth) { outcomes.append(skip) } }
        return outcomes
    }

    /// Ends the walk: returns the outcomes of what still waits, for which the cap left no room, and of pages that only the public host has.
    mutating func drain() -> [PageOutcome] {
        defer { head = queue.count }
        let absent = missingOrder.compactMap { missing[$0] }.map {
            PageOutcome(url: $0.url, kind: .skipped, reason: .offSite, status: $0.status, depth: $0.depth)
        }
        return absent + queue[head...].map { PageOutcome(url: $0.url, kind: .skipped, reason: .cap, depth: $0.depth) }
    }

    private mutating func consider(_ link: LinkResolver.Link, depth: Int, isMapped: Bool = false) -> PageOutcome? {
        let (url, key) = (link.url, link.key)
        if !isMapped, let outcome = missing.removeValue(forKey: key) { return outcome }
        guard marks[key] == nil else { return nil }
        if let reason = scope.exclusion(of: url) ?? (Self.isAsset(url) ? .contentType : nil) ?? (depth > plan.depth ? .depth : nil) {
            return skip(link, reason, depth: depth)
        }
        marks[key] = .taken
        queue.append(Candidate(url: url, depth: depth, isMapped: isMapped))
        return nil
    }

    private mutating func skip(_ link: LinkResolver.Link, _ reason: PageOutcome.Reason, depth: Int) -> PageOutcome? {
        guard marks.updateValue(.skipped, forKey: link.key) == nil else { return nil }
        return PageOutcome(url: link.url, kind: .skipped, reason: reason, depth: depth)
    }

    /// Whether the ending names something that is no page: not worth a request.
    private static func isAsset(_ url: SiteURL) -> Bool {
        guard let dot = url.path.utf8.lastIndex(of: 0x2E), !url.path[dot...].utf8.contains(0x2F) else { return false }
        return assetEndings.contains(url.path[dot...].dropFirst().lowercased())
    }

    private static let assetEndings: Set<String> = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "bmp", "tif", "tiff", "css", "js", "mjs", "map", "woff", "woff2", "ttf",
        "otf",
        "eot", "zip", "gz", "tgz", "bz2", "xz", "zst", "tar", "7z", "rar", "jar", "whl", "deb", "rpm", "exe", "msi", "dmg", "iso", "bin",
        "mp3",
        "mp4", "m4a", "avi", "mov", "webm", "ogg", "wav", "pdf", "epub", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
    ]
}
