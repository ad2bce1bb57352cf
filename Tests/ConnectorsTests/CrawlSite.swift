import Connectors
import Domain
import Fetch
import Policy
import Primitives
import Processing
import TestSupport

/// A site whose pages are given by path, and what a crawl of it reported.
struct CrawlSite {
    /// A site that answers with the page of the path, or 404.
    static func serving(_ pages: [String: String]) -> LoopbackHTTPServer.Handler {
        { request in pages[request.path].map { .html($0) } ?? .text("not found", status: 404) }
    }

    /// A page with links to `targets`.
    static func page(_ targets: String..., head: String = "") -> String {
        "<html><head>\(head)</head><body>" + targets.map { "<a href=\"\($0)\">x</a>" }.joined() + "</body></html>"
    }
}

/// All that a crawl reported.
struct CrawlReport: Sendable {
    var outcomes: [PageOutcome] = []
    var pages: [FetchedPage] = []
    var summary: CrawlSummary?

    /// Paths of the pages that were read, in order.
    var read: [String] { pages.map(\.finalURL.path) }

    /// The outcome for a path or a whole address.
    func outcome(_ path: String) -> PageOutcome? { outcomes.first { $0.url.path == path || $0.url.description == path } }

    /// Path and reason of what was not read.
    var others: [String: PageOutcome.Reason] {
        Dictionary(
            outcomes.filter { $0.kind != .fetched }.map { ($0.url.host.text == "127.0.0.1" ? $0.url.path : $0.url.description, $0.reason) }
        ) { $1 }
    }
}

extension LoopbackHTTPServer {
    /// Crawls this server; `change` sets limits.
    func crawl(
        _ start: String = "/", depth: Int = 3, maximumPages: Int = 500, include: [String] = [], exclude: [String] = [],
        known: [String: KnownPage] = [:],
        visited: [PageOutcome] = [], timing: CrawlTiming = .immediate, networks: [String] = ["127.0.0.0/8"],
        parsesPages: Bool = false, change: (inout CrawlLimits) -> Void = { _ in },
        onPage: (PageOutcome) async throws -> Void = { _ in }
    ) async throws -> CrawlReport {
        var limits = CrawlLimits()
        // Other tests may keep the machine busy for long.
        limits.pageTimeout = .seconds(300)
        change(&limits)
        var policy = URLPolicy()
        policy.allowedNetworks = networks.compactMap { IPNetwork($0) }
        let plan = try CrawlPlan(
            root: SiteURL(start.hasPrefix("http") ? start : url + start), depth: depth, maximumPages: maximumPages,
            include: include.map { try URLPattern($0) }, exclude: exclude.map { try URLPattern($0) }, limits: limits)
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let source = WebsiteSource(
            fetcher: fetcher, policy: policy, gates: GateRegistry(), extractLinks: parsesPages ? Self.parsedLinks : Self.links,
            timing: timing)
        var report = CrawlReport()
        report.summary = try await source.crawl(plan, known: { known[$0.path] }, visited: visited) { outcome, page in
            report.outcomes.append(outcome)
            if let page { report.pages.append(page) }
            try await onPage(outcome)
        }
        return report
    }

    /// Finds references as the pipeline does.
    static let parsedLinks: LinkExtractor = { page in
        let type = page.contentType == .plain ? "text/plain" : "text/\(page.contentType.rawValue)"
        guard
            let content = try? DocumentParser.parse(
                bytes: page.body, contentType: type, charset: page.charset, url: page.finalURL.description)
        else { return PageLinks() }
        return PageLinks(hrefs: content.links, canonical: content.canonical, isExcludedFromIndex: content.isExcludedFromIndex)
    }

    /// Finds references by their attributes: enough for pages of a test, and for generated ones.
    static let links: LinkExtractor = { page in
        var links = PageLinks()
        let bytes = page.body
        var index = 0
        while let start = LoopbackHTTPServer.find("href=\"", in: bytes, from: index) {
            let end = bytes[start...].firstIndex(of: 0x22) ?? bytes.count
            let href = String(decoding: bytes[start..<end], as: UTF8.self)
            let tag = bytes[..<start].lastIndex(of: 0x3C).map { String(decoding: bytes[$0..<start], as: UTF8.self) } ?? ""
            if tag.hasPrefix("<a ") { links.hrefs.append(href) }
            if tag.hasPrefix("<base ") { links.base = href }
            if tag.hasPrefix("<link rel=\"canonical\"") { links.canonical = href }
            index = end
        }
        links.isExcludedFromIndex = find("content=\"noindex\"", in: bytes, from: 0) != nil
        return links
    }

    private static func find(_ needle: String, in bytes: [UInt8], from start: Int) -> Int? {
        let needle = Array(needle.utf8)
        var index = start
        // Jumps from one first letter to the next: pages of real sites have megabytes.
        while let first = bytes[index...].firstIndex(of: needle[0]) {
            if bytes[first...].starts(with: needle) { return first + needle.count }
            index = first + 1
        }
        return nil
    }
}

extension CrawlTiming {
    /// Pauses take no time.
    static let immediate = CrawlTiming(now: { ContinuousClock.now }, sleep: { _ in try Task.checkCancellation() })

    /// Pauses take no time and are recorded; it stays the same moment, so that each pause is exactly as long as was asked for.
    static func still(_ pauses: Locked<[Duration]>) -> CrawlTiming {
        let start = ContinuousClock.now
        return CrawlTiming(now: { start }) { pause in
            try Task.checkCancellation()
            pauses.withLock { $0.append(pause) }
        }
    }

    /// Pauses take no time and are recorded.
    static func recording(_ pauses: Locked<[Duration]>) -> CrawlTiming {
        CrawlTiming(now: { ContinuousClock.now }) { pause in
            try Task.checkCancellation()
            pauses.withLock { $0.append(pause) }
        }
    }
}
