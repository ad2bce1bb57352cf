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
        known: [String: KnownPage] = [:], hosts: String? = nil
    ) async throws -> CrawlReport {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        var policy = URLPolicy()
        policy.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        let connector = ListConnector(fetcher: fetcher, policy: policy, gates: GateRegistry(), timing: .immediate)
        let options = hosts.map { ["hosts": $0] } ?? [:]
        let address = try connector.address(server.url + "/list", options: options)
        let settings = try IngestionSettings(rootURL: address.rootURL, kind: .list, options: options)
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

    /// Two more sites beside the list's own, each on a port of its own; the first one forbids `/x/secret`.
    private static func withSites(
        _ list: @escaping @Sendable (_ first: String, _ second: String) -> String, firstRobots: HTTPServerResponse? = nil,
        _ body: (_ own: LoopbackHTTPServer, _ first: LoopbackHTTPServer, _ second: LoopbackHTTPServer) async throws -> Void
    ) async throws {
        let first: LoopbackHTTPServer.Handler = { request in
            switch request.path {
            case "/robots.txt": firstRobots ?? .text("User-agent: *\nDisallow: /x/secret")
            case "/x/a", "/x/b", "/a": .html(CrawlSite.page("/linked"))
            case "/x/away": .redirect(to: "http://127.0.0.1:1/")
            default: .status(404)
            }
        }
        let second: LoopbackHTTPServer.Handler = { request in
            request.path == "/y" || request.path == "/x/a" ? .html(CrawlSite.page("/linked")) : .status(404)
        }
        try await LoopbackHTTPServer.withServer(handler: first) { first in
            try await LoopbackHTTPServer.withServer(handler: second) { second in
                let text = list(first.url, second.url)
                try await LoopbackHTTPServer.withServer(handler: Self.serving(text)) { try await body($0, first, second) }
            }
        }
    }

    private static func host(_ server: LoopbackHTTPServer) -> String { String(server.url.dropFirst("http://".count)) }

    @Test func `pages of hosts that are allowed are read under their own rules, in the order of the list`() async throws {
        try await Self.withSites {
            "@/a\n\($0)/x/a\n\($0)/x/secret\n\($1)/y\n\($0)/x/away\n@/c\n\($0)/x/b"
        } _: { own, first, second in
            let report = try await Self.run(own, hosts: "\(Self.host(first)), \(Self.host(second))")
            #expect(report.read == ["/a", "/x/a", "/y", "/c", "/x/b"])
            #expect(report.pages.map { $0.finalURL.origin } == [own.url, first.url, second.url, own.url, first.url])
            #expect(report.outcomes.first { $0.url.path == "/x/secret" }?.reason == .robots)
            #expect(report.outcomes.first { $0.url.path == "/x/away" }?.reason == .offSite)
            #expect(report.summary?.isComplete == true)
            #expect(first.requests.count { $0.path == "/robots.txt" } == 1 && second.requests.count { $0.path == "/robots.txt" } == 1)
            #expect(!first.requests.contains { $0.path == "/x/secret" || $0.path == "/linked" })
        }
    }

    @Test(arguments: [nil, "docs.example.org"])
    func `pages of other hosts are passed over, and their servers are not asked`(hosts: String?) async throws {
        try await Self.withSites {
            "@/a\n\($0)/x/a\n\($1)/y"
        } _: { own, first, second in
            let report = try await Self.run(own, hosts: hosts)
            #expect(report.read == ["/a"])
            #expect(report.summary?.reasons[.offSite] == 2 && report.summary?.isComplete == true)
            #expect(first.requests.isEmpty && second.requests.isEmpty)
        }
    }

    @Test func `every address of another host passes the gates`() async throws {
        let list =
            #"["@/a", "http://169.254.169.254/latest", "https://user:word\u0040example.org/b", "ftp://example.org/c", "http://10.0.0.1/e"]"#
        try await LoopbackHTTPServer.withServer(handler: Self.serving(list)) { server in
            let report = try await Self.run(server, hosts: "*")
            #expect(report.read == ["/a"])
            let refused = report.outcomes.filter { $0.kind == .failed }
            #expect(refused.allSatisfy { $0.reason == .refused && $0.detail?.hasPrefix("E_") == true }, "\(refused)")
            #expect(
                refused.contains { $0.detail?.hasPrefix("E_PRIVATE_NET") == true }
                    && refused.contains { $0.detail?.hasPrefix("E_USERINFO") == true })
        }
    }

    @Test func `of two pages with one path the first on the list is read`() async throws {
        try await Self.withSites {
            "\($0)/x/a\n\($1)/x/a\n@/a\n\($0)/a"
        } _: { own, first, second in
            let report = try await Self.run(own, hosts: "*")
            #expect(report.read == ["/x/a", "/a"])
            #expect(report.pages.map { $0.finalURL.origin } == [first.url, own.url])
            let taken = report.outcomes.filter { $0.reason == .duplicate }
            #expect(taken.map { $0.url.origin } == [second.url, first.url])
            #expect(taken.allSatisfy { $0.detail?.hasPrefix("E_PATH_TAKEN") == true })
            // When the host changes, what the one before said is no validator.
            let known = ["/x/a": KnownPage(etag: "\"x\"", url: second.url + "/x/a"), "/a": KnownPage(etag: "\"z\"", url: own.url + "/a")]
            let again = try await Self.run(own, known: known, hosts: "*")
            #expect(again.read == ["/x/a", "/a"])
            #expect(first.requests.allSatisfy { $0["if-none-match"] == nil } && own.requests.contains { $0["if-none-match"] == "\"z\"" })
        }
    }

    @Test func `a host whose rules cannot be read is left alone, and the others are read`() async throws {
        try await Self.withSites({ "\($0)/x/a\n@/a\n\($1)/y" }, firstRobots: .status(503)) { own, first, second in
            let report = try await Self.run(own, hosts: "*")
            #expect(report.read == ["/a", "/y"])
            let left = try #require(report.outcomes.first { $0.url.path == "/x/a" })
            #expect(left.kind == .failed && left.reason == .robots && left.isTransient)
            #expect(report.summary?.isComplete == false)
            #expect(!first.requests.contains { $0.path == "/x/a" })
        }
    }

    @Test(arguments: [
        "", "a.example,", "https://a.example", "a.example/b", "a.example?b", "u@a.example", "a b.example:x",
        (0..<100).map { "h\($0).example" }.joined(separator: ","),
    ])
    func `what is no list of hosts is named`(hosts: String) throws {
        let fault = #expect(throws: Fault.self) { try ListHosts(hosts) }
        #expect(fault?.field == "options.hosts")
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
