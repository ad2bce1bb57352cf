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
        /// Read as what it is, because the page that should have stood for it is not there.
        var standsAlone = false
    }

    /// What became of a candidate.
    struct Result {
        let candidate: Candidate
        /// The outcome as the fetch saw it; a redirect onto a page that is known anyway turns it into a duplicate.
        var outcome: PageOutcome
        /// Links of the page.
        var links = LinkResolver.Result()
        /// Whether the page counts against the cap.
        var countsAgainstCap: Bool {
            switch outcome.kind {
            case .fetched, .notModified, .failed: true
            case .gone: false
            // Answered with a page, for nothing.
            case .skipped: outcome.reason == .noindex || outcome.reason == .canonical
            }
        }
        /// Whether the page is there, so that it may stand for others.
        var isRead: Bool {
            switch outcome.kind {
            case .fetched, .notModified: true
            case .gone, .failed: false
            case .skipped: outcome.reason == .noindex || outcome.reason == .canonical || outcome.reason == .duplicate
            }
        }
    }

    /// What follows from a result.
    struct Decision {
        /// The outcome of the candidate; nil when another page decides on it, see ``drain()`` and ``PageClaims``.
        var own: PageOutcome?
        /// Those of other candidates that waited for this one, then those of links that are not followed.
        var others: [PageOutcome] = []
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
    private var claims = PageClaims()
    /// Addresses that wait until the links of the pages have been followed.
    private var late: [LinkResolver.Link] = []
    /// Pages that the mirror lacks and that only links to the public host have named so far.
    private var missing: [String: PageOutcome] = [:]
    private var missingOrder: [String] = []

    /// Addresses that were left out because there is no room to remember them. One that is linked twice counts twice.
    private(set) var unlisted = 0
    /// Pages that wait beyond those that the cap has room for: some of the others may turn out to be none.
    private let margin: Int
    /// Addresses that are remembered.
    private let memory: Int

    /// A frontier that holds the start page.
    ///
    /// - Parameters:
    ///   - margin: pages that may wait beyond those that the cap has room for.
    ///   - memory: addresses that are remembered, at least, those that are not followed included.
    init(plan: CrawlPlan, robots: RobotsRules, margin: Int = 20_000, memory: Int = 1_000_000) {
        (self.margin, self.memory) = (margin, memory)
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

    /// Takes what the site's own lists name. Returns the outcomes of addresses that are not followed.
    mutating func seed(_ seeds: CrawlSeeds) -> [PageOutcome] {
        late = seeds.late
        return seeds.pages.compactMap { consider($0, depth: 1) }
    }

    /// Takes the result of a candidate.
    mutating func commit(_ result: Result) -> Decision {
        var result = result
        let (candidate, key) = (result.candidate, result.candidate.url.normalizedKey)
        var keys = [key]
        if let final = result.outcome.finalURL, final.normalizedKey != key, result.outcome.reason != .canonical {
            // The start page stands for itself, and who is read for the second time has marked the address before.
            if marks[final.normalizedKey] == .taken, candidate.depth > 0, !candidate.standsAlone {
                result.outcome = PageOutcome(
                    url: candidate.url, finalURL: final, kind: .skipped, reason: .duplicate, status: result.outcome.status,
                    depth: candidate.depth)
                result.links = LinkResolver.Result()
            } else {
                marks[final.normalizedKey] = .taken
                keys.append(final.normalizedKey)
            }
        }
        if candidate.isMapped, result.outcome.kind == .gone {
            // The link means the public host, which is not followed; it may be a link of the mirror itself yet.
            missing[key] = result.outcome
            missingOrder.append(key)
            spent -= 1
            return Decision(own: nil, others: settle(keys, isRead: false))
        }
        if !result.countsAgainstCap { spent -= 1 }
        var decision = Decision(own: result.outcome)
        if let canonical = canonical(of: result) {
            let skip = PageOutcome(
                url: candidate.url, finalURL: canonical.url, kind: .skipped, reason: .canonical, status: result.outcome.status,
                depth: candidate.depth, links: result.outcome.links)
            let claim = PageClaims.Claim(candidate: candidate, keys: keys, outcome: skip)
            switch claims.wait(for: canonical.key, claim) {
            case true?:
                decision.own = skip
                decision.others = settle(keys, isRead: true)
            case false?: decision.others = settle(keys, isRead: true)
            case nil:
                decision.own = nil
                if let outcome = consider(canonical, depth: candidate.depth) { decision.others.append(outcome) }
            }
        } else {
            if result.outcome.reason == .canonical, let final = result.outcome.finalURL {
                // An earlier run decided on it; the page it names is walked all the same.
                if let outcome = consider(LinkResolver.Link(final), depth: candidate.depth) { decision.others.append(outcome) }
            }
            decision.others += settle(keys, isRead: result.isRead)
        }
        let depth = candidate.depth + 1
        for link in result.links.onSite { if let skip = consider(link, depth: depth) { decision.others.append(skip) } }
        for link in result.links.mapped { if let skip = consider(link, depth: depth, isMapped: true) { decision.others.append(skip) } }
        for link in result.links.offSite { if let skip = skip(link, .offSite, depth: depth) { decision.others.append(skip) } }
        return decision
    }

    /// Called when nothing is left to hand out: takes in the addresses that waited for this, and pages whose claims nobody answered.
    ///
    /// - Returns: outcomes to report; nil when nothing waited, which is the end.
    mutating func admitRest() -> [PageOutcome]? {
        let (links, left) = (late, claims.releaseAll())
        if links.isEmpty, left.isEmpty { return nil }
        late = []
        for candidate in left { readAlone(candidate) }
        return links.compactMap { consider($0, depth: 1) }
    }

    /// Ends the walk: returns the outcomes of what still waits, for which the cap left no room, and of pages that only the public host has.
    mutating func drain() -> [PageOutcome] {
        defer { head = queue.count }
        let absent = missingOrder.compactMap { missing[$0] }.map {
            PageOutcome(url: $0.url, kind: .skipped, reason: .offSite, status: $0.status, depth: $0.depth)
        }
        return absent + queue[head...].map { PageOutcome(url: $0.url, kind: .skipped, reason: .cap, depth: $0.depth) }
    }

    // MARK: - Pages that stand for others

    /// The page that `result` is read under instead of its own address; nil for itself.
    private func canonical(of result: Result) -> LinkResolver.Link? {
        guard let link = result.links.canonical, result.outcome.kind == .fetched, result.candidate.depth > 0,
            !result.candidate.standsAlone
        else { return nil }
        let page = result.outcome.finalURL ?? result.candidate.url
        guard link.key != result.candidate.url.normalizedKey, link.key != plan.root.normalizedKey, marks[link.key] != .skipped,
            scope.exclusion(of: link.url) == nil, !Self.isAsset(link.url), SiteListing(path: link.url.path) == nil
        else { return nil }
        // Templates that name a folder for all pages in it are common, and would leave one page of many.
        let (above, here) = (LinkResolver.folded(link.url), LinkResolver.folded(page))
        return above != here && here.hasPrefix(above) ? nil : link
    }

    private mutating func settle(_ keys: [String], isRead: Bool) -> [PageOutcome] {
        let settled = claims.settle(keys, isRead: isRead)
        for candidate in settled.alone { readAlone(candidate) }
        return settled.outcomes
    }

    private mutating func readAlone(_ candidate: Candidate) {
        var candidate = candidate
        candidate.standsAlone = true
        queue.append(candidate)
    }

    // MARK: - Links

    private mutating func consider(_ link: LinkResolver.Link, depth: Int, isMapped: Bool = false) -> PageOutcome? {
        let (url, key) = (link.url, link.key)
        if !isMapped, let outcome = missing.removeValue(forKey: key) { return outcome }
        guard marks[key] == nil else { return nil }
        if let reason = exclusion(of: url, depth: depth) { return skip(link, reason, depth: depth) }
        guard queue.count - head < max(0, plan.maximumPages - spent) + margin, marks.count < memory else {
            unlisted += 1
            return nil
        }
        marks[key] = .taken
        let candidate = Candidate(url: url, depth: depth, isMapped: isMapped)
        if let twin = MarkdownTwin.keys(of: url).first(where: { marks[$0] == .taken }) {
            let duplicate = PageOutcome(url: url, kind: .skipped, reason: .duplicate, depth: depth)
            switch claims.wait(for: twin, PageClaims.Claim(candidate: candidate, keys: [key], outcome: duplicate)) {
            case true?: return duplicate
            case false?: break
            case nil: return nil
            }
        }
        queue.append(candidate)
        return nil
    }

    private func exclusion(of url: SiteURL, depth: Int) -> PageOutcome.Reason? {
        if let reason = scope.exclusion(of: url) { return reason }
        if Self.isAsset(url) { return .contentType }
        switch SiteListing(path: url.path) {
        case .index?: return .listing
        case .full?: return .duplicate
        case nil: return depth > plan.depth ? .depth : nil
        }
    }

    private mutating func skip(_ link: LinkResolver.Link, _ reason: PageOutcome.Reason, depth: Int) -> PageOutcome? {
        // What is not remembered would not have been followed anyway.
        guard marks[link.key] == nil, marks.count < memory else { return nil }
        marks[link.key] = .skipped
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
