import Domain
import Fetch
import Policy
import Primitives
import TestSupport
import Testing

@testable import Connectors

@Suite struct `A list of addresses on the web` {
    /// Crawls the list at `/list` of `server`.
    private static func run(
        _ server: LoopbackHTTPServer, maximumPages: Int = 500, exclude: [String] = [], visited: [PageOutcome] = [],
        known: [String: KnownPage] = [:]
    ) async throws -> CrawlReport {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        var policy = URLPolicy()
        policy.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        let connector = ListConnector(fetcher: fetcher, policy: policy, gates: GateRegistry(), timing: .immediate)
        let address = try connector.address(server.url + "/list", options: [:])
        let settings = try IngestionSettings(rootURL: address.rootURL, kind: .list)
        let source = try connector.makeSource(settings, extractLinks: LoopbackHTTPServer.links)
        var limits = CrawlLimits()
        limits.pageTimeout = .seconds(300)
        let plan = try CrawlPlan(
            root: SiteURL(address.rootURL), maximumPages: maximumPages, exclude: exclude.map { try URLPattern($0) }, limits: limits)
        var report = CrawlReport()
        report.summary = try await source.crawl(plan, known: { known[$0.path] }, visited: visited) { outcome, page in
            report.outcomes.append(outcome)
            if let page { report.pages.append(page) }
        }
        return report
    }

    private static func serving(_ list: String, type: String = "text/plain") -> LoopbackHTTPServer.Handler {
        { request in
            switch request.path {
            case "/list": .text(list.replacing("@", with: "http://\(request["host"] ?? "")"), type: type)
            case "/robots.txt": .text("User-agent: *\nDisallow: /secret")
            case "/a", "/deep/b", "/c": .html(CrawlSite.page("/linked"))
            case "/moved": .redirect(to: "/secret/x")
            default: .status(404)
            }
        }
    }

    @Test(arguments: [
        ("# ours\n@/a\n\n@/deep/b\r\n@/a?x=1\n@/c", "text/plain"), ("[\"@/a\", \"@/deep/b\", {\"url\": \"@/c\"}]", "application/json"),
        ("{\"urls\": [\"@/a\", \"@/deep/b\", \"@/c\"]}", "application/json"),
        ("<urlset><url><loc>@/a</loc></url><url><loc>@/deep/b</loc></url><url><loc>@/c</loc></url></urlset>", "text/xml"),
    ])
    func `each address is a page, in order, and links are not followed`(list: String, type: String) async throws {
        try await LoopbackHTTPServer.withServer(handler: Self.serving(list, type: type)) { server in
            let report = try await Self.run(server)
            #expect(report.read == ["/a", "/deep/b", "/c"])
            #expect(report.summary?.isComplete == true)
            #expect(!server.requests.contains { $0.path == "/linked" })
        }
    }

    @Test func `what does not belong to it is an outcome with its reason`() async throws {
        let list = "@/a\n@/secret/x\nhttps://other.example/y\nhttp://169.254.169.254/\n@/missing\n@/moved\n@/c\n@/deep/b\n@/excluded"
        try await LoopbackHTTPServer.withServer(handler: Self.serving(list)) { server in
            let report = try await Self.run(server, maximumPages: 4, exclude: ["/excluded"])
            #expect(report.read == ["/a", "/c"])
            #expect(
                report.others == [
                    "/secret/x": .robots, "https://other.example/y": .offSite, "http://169.254.169.254/": .offSite, "/missing": .status,
                    "/moved": .robots, "/deep/b": .cap, "/excluded": .excluded,
                ])
            #expect(report.summary?.isComplete == false && report.summary?.hitCap == true)
        }
    }

    @Test func `an interrupted walk goes on`() async throws {
        try await LoopbackHTTPServer.withServer(handler: Self.serving("@/a\n@/deep/b\n@/c")) { server in
            let whole = try await Self.run(server)
            let resumed = try await Self.run(server, visited: Array(whole.outcomes.prefix(2)))
            #expect(resumed.read == ["/c"] && resumed.summary == whole.summary)
        }
    }

    @Test(arguments: [
        "", "<html>", "not a list", "{\"urls\": 1}", "[\"@/a\"", "[1]", "<urlset><url><loc>@/a</loc></url>",
        String(repeating: "[", count: 10_000),
    ])
    func `what is no list fails the job`(list: String) async throws {
        try await LoopbackHTTPServer.withServer(handler: Self.serving(list)) { server in
            let fault = await #expect(throws: Fault.self) { _ = try await Self.run(server) }
            #expect(fault?.code == "E_LIST_FORMAT" && fault?.field == "web_url")
        }
    }
}
