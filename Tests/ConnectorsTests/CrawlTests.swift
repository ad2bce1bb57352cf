import Domain
import Primitives
import TestSupport
import Testing

@Suite struct `Crawling a site` {
    private static let tree = [
        "/": CrawlSite.page("a", "b", "/", "#top", "mailto:x@y", "javascript:void(0)"), "/a": CrawlSite.page("/a/1", "/b", "/"),
        "/b": CrawlSite.page("/b/1", "/a?x=1#y", "a/"), "/a/1": CrawlSite.page("/a/1/deep"), "/b/1": CrawlSite.page("/missing"),
        "/a/1/deep": CrawlSite.page("/a/1/deep/er"), "/a/1/deep/er": CrawlSite.page(),
    ]

    @Test func `goes breadth-first, each page once, and says what became of the rest`() async throws {
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(Self.tree)) { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/a", "/b", "/a/1", "/b/1", "/a/1/deep"])
            #expect(report.pages.map(\.depth) == [0, 1, 1, 2, 2, 3])
            #expect(report.others == ["/missing": .status, "/a/1/deep/er": .depth])
            #expect(report.outcome("/missing")?.kind == .gone)
            #expect(report.summary?.isComplete == true)
            #expect(report.summary?.counts == [.fetched: 6, .gone: 1, .skipped: 1])
            #expect(server.requests.count { $0.path == "/a" } == 1)
            #expect(report.outcome("/")?.links == ["\(server.url)/a", "\(server.url)/b", "\(server.url)/"])
        }
    }

    @Test(arguments: [(0, 1), (1, 3), (2, 5), (3, 6), (10, 7)])
    func `depth bounds the walk`(depth: Int, count: Int) async throws {
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(Self.tree)) { server in
            let report = try await server.crawl(depth: depth)
            #expect(report.pages.count == count)
        }
    }

    @Test(arguments: [-1, 11])
    func `a depth out of range is refused with field and limit`(depth: Int) throws {
        let fault = #expect(throws: Fault.self) { try CrawlPlan(root: SiteURL("https://example.org/"), depth: depth) }
        #expect(fault?.field == "crawl_depth")
        #expect(fault?.limit == "0 to 10")
    }

    @Test func `the cap ends the crawl incomplete and names what it left out`() async throws {
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(Self.tree)) { server in
            let report = try await server.crawl(maximumPages: 3)
            #expect(report.read == ["/", "/a", "/b"])
            #expect(report.others == ["/a/1": .cap, "/b/1": .cap])
            #expect(report.summary?.hitCap == true)
            #expect(report.summary?.isComplete == false)
        }
    }

    @Test func `pages that do not exist do not count against the cap`() async throws {
        let pages = ["/": CrawlSite.page("x1", "x2", "x3", "a", "b"), "/a": CrawlSite.page(), "/b": CrawlSite.page()]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl(maximumPages: 3)
            #expect(report.read == ["/", "/a", "/b"])
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test func `globs choose pages, the start page is always read`() async throws {
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(Self.tree)) { server in
            let report = try await server.crawl(include: ["/a/**"], exclude: ["**/deep/**"])
            #expect(report.read == ["/", "/a", "/a/1"])
            #expect(report.others == ["/b": .excluded, "/a/1/deep": .excluded])
        }
    }

    @Test func `two sub-paths of a host do not mix`() async throws {
        let pages = [
            "/one/": CrawlSite.page("x", "/two/", "/", "/one"), "/one/x": CrawlSite.page("../two/y"),
            "/two/": CrawlSite.page("y", "/one/x"),
            "/two/y": CrawlSite.page(),
        ]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let one = try await server.crawl("/one/")
            #expect(one.read == ["/one/", "/one/x"])
            #expect(one.others == ["/two/": .outOfScope, "/": .outOfScope, "/two/y": .outOfScope])
            let two = try await server.crawl("/two/")
            #expect(two.read == ["/two/", "/two/y"])
        }
    }

    @Test func `other hosts and files are skipped without a request`() async throws {
        let pages = ["/": CrawlSite.page("https://other.example/x", "//other.example/x", "logo.png", "a.zip", "http://127.0.0.1:1/")]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl()
            #expect(report.outcome("https://other.example/x")?.reason == .offSite)
            #expect(report.outcome("http://127.0.0.1:1/")?.reason == .offSite)
            #expect(report.outcome("/logo.png")?.reason == .contentType)
            #expect(server.requests.map(\.path) == ["/robots.txt", "/", "/sitemap.xml", "/llms.txt"])
        }
    }

    @Test(arguments: ["", "/mirror"])
    func `a mirror that names its public host is walked as what it is`(folder: String) async throws {
        func canonical(_ path: String) -> String { "<link rel=\"canonical\" href=\"https://docs.example.org\(path)\">" }
        let pages = [
            "\(folder)/": CrawlSite.page("https://docs.example.org/a/", "https://elsewhere.example/", head: canonical("/")),
            "\(folder)/a/": CrawlSite.page("../b/", "https://docs.example.org/c/?x", head: canonical("/a/")),
            "\(folder)/b/": CrawlSite.page(),
            "\(folder)/c/": CrawlSite.page(),
        ]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl("\(folder)/")
            #expect(report.read == ["\(folder)/", "\(folder)/a/", "\(folder)/b/", "\(folder)/c/"])
            #expect(report.others == ["https://elsewhere.example/": .offSite])
        }
    }

    @Test func `base decides what relative links mean`() async throws {
        let pages = ["/": CrawlSite.page("a", head: "<base href=\"/sub/\">"), "/sub/a": CrawlSite.page()]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/sub/a"])
        }
    }

    @Test func `types decide what is read`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": .html(CrawlSite.page("md", "txt", "video", "json", "none"))
            case "/md": .text("# x", type: "text/markdown; charset=\"UTF-8\"")
            case "/txt": .text("x", type: "text/plain;charset=iso-8859-1")
            case "/video":
                .streaming(headers: [("content-type", "video/mp4")]) {
                    while true { try await $0.write([UInt8](repeating: 0, count: 1 << 16)) }
                }
            case "/json": .json("{}")
            case "/none": .bytes(Array("<p>x".utf8))
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.pages.map(\.contentType) == [.html, .markdown, .plain, .html])
            #expect(report.pages.map(\.charset) == ["utf-8", "utf-8", "iso-8859-1", nil])
            #expect(report.others == ["/video": .contentType, "/json": .contentType])
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test func `conditional requests spare the body and walk the stored links`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/":
                request["if-none-match"] == "\"1\""
                    ? .status(304) : .bytes(Array(CrawlSite.page("a").utf8), headers: [("content-type", "text/html"), ("etag", "\"1\"")])
            case "/a": request["if-modified-since"] == "yesterday" ? .status(304) : .html("")
            case "/b": .html(CrawlSite.page())
            default: .status(404)
            }
        } body: { server in
            let first = try await server.crawl()
            #expect(first.pages.first?.etag == "\"1\"")
            let known = [
                "/": KnownPage(etag: "\"1\"", links: ["\(server.url)/a", "https://other.example/"]),
                "/a": KnownPage(lastModified: "yesterday", links: ["\(server.url)/b"]),
            ]
            let second = try await server.crawl(known: known)
            #expect(second.outcomes.map(\.kind) == [.notModified, .notModified, .fetched])
            #expect(second.outcomes.first?.links == ["\(server.url)/a", "https://other.example/"])
            #expect(second.summary?.isComplete == true)
        }
    }

    @Test func `a resumed crawl reads only what is missing and ends as if nothing had happened`() async throws {
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(Self.tree)) { server in
            let whole = try await server.crawl()
            let before = server.requests.count
            let resumed = try await server.crawl(visited: Array(whole.outcomes.prefix(3)))
            #expect(resumed.read == ["/a/1", "/b/1", "/a/1/deep"])
            #expect(resumed.summary == whole.summary)
            #expect(
                server.requests.dropFirst(before).map(\.path).sorted() == [
                    "/a/1", "/a/1/deep", "/b/1", "/llms.txt", "/missing", "/robots.txt", "/sitemap.xml",
                ])
        }
    }

    @Test func `the caller stops a crawl between two pages`() async throws {
        struct Stop: Error {}
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(Self.tree)) { server in
            let seen = Locked(0)
            await #expect(throws: Stop.self) {
                _ = try await server.crawl(onPage: { _ in
                    let count = seen.withLock { count in
                        count += 1
                        return count
                    }
                    if count == 2 { throw Stop() }
                })
            }
            #expect(seen.withLock { $0 } == 2)
        }
    }

    @Test func `cancelling ends a crawl that waits for a page`() async throws {
        let arrived = Expectation()
        try await LoopbackHTTPServer.withServer { request in
            if request.path == "/" { return .html(CrawlSite.page("slow")) }
            if request.path == "/robots.txt" { return .status(404) }
            arrived.fulfill()
            try await Expectation().fulfillment()
            return .status(200)
        } body: { server in
            let task = Task { try await server.crawl() }
            try await arrived.fulfillment()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually { server.openConnections == 0 }
        }
    }
}
