import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

/// Runs one connector against a stand-in of its provider.
struct ProviderWalk {
    let connector: any SourceConnector
    let location: String
    var options: [String: String]
    var maximumPages = 10_000
    var include: [String] = []
    var exclude: [String] = []
    var change: @Sendable (inout CrawlLimits) -> Void = { _ in }

    /// What a pipeline passes on from one walk to the next.
    static func known(after report: CrawlReport, _ earlier: [String: KnownPage] = [:]) -> [String: KnownPage] {
        var known = earlier.filter { path, _ in report.outcomes.contains { $0.url.path == path && $0.kind == .notModified } }
        for page in report.pages { known[page.url.path] = KnownPage(etag: page.etag) }
        return known
    }

    var settings: IngestionSettings {
        get throws {
            let registry = SourceRegistry([connector])
            let address = try registry.address(location, kind: connector.kind, options: options)
            return try IngestionSettings(
                rootURL: address.rootURL, include: include, exclude: exclude, maxPages: maximumPages, kind: connector.kind,
                options: options)
        }
    }

    func cursor() async throws -> String? { try await connector.cursor(settings) }

    func cursor(after previous: String?) async throws -> String? { try await connector.cursor(settings, after: previous) }

    func run(
        known: [String: KnownPage] = [:], visited: [PageOutcome] = [], onPage: (PageOutcome) async throws -> Void = { _ in }
    ) async throws -> CrawlReport {
        let settings = try settings
        let source = try connector.makeSource(settings, extractLinks: LoopbackHTTPServer.links)
        var limits = CrawlLimits()
        limits.requestsPerSecond = nil
        limits.pageTimeout = .seconds(300)
        change(&limits)
        let plan = try CrawlPlan(
            root: SiteURL(settings.rootURL), maximumPages: maximumPages, include: include.map { try URLPattern($0) },
            exclude: exclude.map { try URLPattern($0) }, limits: limits)
        var report = CrawlReport()
        report.summary = try await source.crawl(plan, known: { known[$0.path] }, visited: visited) { outcome, page in
            report.outcomes.append(outcome)
            if let page { report.pages.append(page) }
            try await onPage(outcome)
        }
        return report
    }
}

extension ProviderWalk {
    /// The policy of an operator who allows the loopback network.
    static let policy: URLPolicy = {
        var policy = URLPolicy()
        policy.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap(\.self)
        return policy
    }()

    /// A folder with one credential for one origin, while `body` runs.
    static func withCredential<Result>(
        _ name: String, _ token: String, origin: String?, _ body: (CredentialStore) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try Data((token + "\n").utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            if let origin { try Data((origin + "\n").utf8).write(to: URL(filePath: "\(folder)/\(name).origin")) }
            return try await body(CredentialStore(directory: folder))
        }
    }
}
