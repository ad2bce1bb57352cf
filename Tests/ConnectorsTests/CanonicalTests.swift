import Domain
import Primitives
import TestSupport
import Testing

@testable import Connectors

@Suite struct `Pages that name another page` {
    private static func canonical(_ path: String) -> String { "<link rel=\"canonical\" href=\"\(path)\">" }

    @Test func `two addresses of one page are one page, whichever comes first`() async throws {
        let pages = [
            "/": CrawlSite.page("print/a", "b", "print/b"), "/print/a": CrawlSite.page("/c", head: Self.canonical("/a")),
            "/a": CrawlSite.page(head: Self.canonical("/a")), "/b": CrawlSite.page(),
            "/print/b": CrawlSite.page(head: Self.canonical("/b")),
            "/c": CrawlSite.page(),
        ]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/b", "/a", "/c"])
            #expect(report.others == ["/print/a": .canonical, "/print/b": .canonical])
            #expect(report.outcome("/print/a")?.finalURL?.path == "/a")
            #expect(report.pages.map(\.depth) == [0, 1, 1, 2])
            #expect(report.summary?.isComplete == true)

            let resumed = try await server.crawl(visited: report.outcomes.filter { $0.url.path != "/a" })
            #expect(resumed.read == ["/a"])
            #expect(resumed.summary == report.summary)
        }
    }

    @Test(arguments: [
        "https://other.example/a", "/missing", "/docs/", "/docs", "/", "/elsewhere/a", "/docs/print/", "mailto:x@y", "/docs/secret/a",
        "/docs/a.pdf", "/docs/print/a/", "http://169.254.169.254/a",
    ])
    func `a canonical that leads astray is ignored`(target: String) async throws {
        let pages = [
            "/docs/": CrawlSite.page("print/a"), "/docs/print/a": CrawlSite.page(head: Self.canonical(target)),
            "/elsewhere/a": CrawlSite.page(),
        ]
        try await LoopbackHTTPServer.withServer { request in
            if request.path == "/robots.txt" { return .text("User-agent: *\nDisallow: /docs/secret/") }
            return pages[request.path].map { .html($0) } ?? .status(404)
        } body: { server in
            let report = try await server.crawl("/docs/")
            #expect(report.read == ["/docs/", "/docs/print/a"])
        }
    }

    @Test func `a page is read after all when the one it names is not there`() async throws {
        let pages = [
            "/": CrawlSite.page("x/a", "x/b"), "/x/a": CrawlSite.page("/c", head: Self.canonical("/gone")),
            "/x/b": CrawlSite.page(head: Self.canonical("/gone")), "/c": CrawlSite.page(),
        ]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl()
            #expect(Set(report.read) == ["/", "/x/a", "/x/b", "/c"])
            #expect(report.others == ["/gone": .status])
            #expect(report.outcomes.count { $0.url.path == "/x/a" } == 1)
        }
    }

    @Test func `two pages that name each other are both read`() async throws {
        let pages = [
            "/": CrawlSite.page("a", "b"), "/a": CrawlSite.page(head: Self.canonical("/b")),
            "/b": CrawlSite.page(head: Self.canonical("/a")),
        ]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl()
            #expect(report.read.sorted() == ["/", "/a", "/b"])
        }
    }

    @Test func `a template that names one page for all costs a few pages and no more`() async throws {
        let paths = (0..<40).map { "/p\($0)" }
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": .html("<html>" + paths.map { "<a href=\"\($0)\">x</a>" }.joined())
            case "/home": .html(CrawlSite.page())
            default: paths.contains(request.path) ? .html(CrawlSite.page(head: Self.canonical("/home"))) : .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.pages.count == 2 + 40 - PageClaims.maximumClaims)
        }
    }

    @Test func `the header names the canonical page too`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": .html(CrawlSite.page("print", "page"))
            case "/print":
                .bytes(
                    Array(CrawlSite.page().utf8),
                    headers: [("content-type", "text/html"), ("link", "</style.css>; rel=preload, </page>; rel=\"canonical\"")])
            case "/page": .html(CrawlSite.page())
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/page"])
            #expect(report.others == ["/print": .canonical])
        }
    }

    @Test func `pages that ask not to be indexed are outcomes, and their links count unless they say otherwise`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            func page(_ targets: String..., tag: String) -> HTTPServerResponse {
                .bytes(
                    Array(("<html>" + targets.map { "<a href=\"\($0)\">x</a>" }.joined()).utf8),
                    headers: [("content-type", "text/html"), ("x-robots-tag", tag)])
            }
            return switch request.path {
            case "/": .html(CrawlSite.page("meta", "header", "none", "other", "own", "nofollow"))
            case "/meta": .html(CrawlSite.page("1", head: "<meta name=\"robots\" content=\"noindex\">"))
            case "/header": page("2", tag: "max-snippet: 5, noindex")
            case "/none": page("3", tag: "none")
            case "/other": page("4", tag: "googlebot: noindex, nofollow")
            case "/own": page("5", tag: "Portolan: noindex")
            case "/nofollow": page("6", tag: "nofollow")
            case "/1", "/2", "/3", "/4", "/5", "/6": .html("")
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.read.sorted() == ["/", "/1", "/2", "/4", "/5", "/nofollow", "/other"])
            #expect(report.others == ["/meta": .noindex, "/header": .noindex, "/none": .noindex, "/own": .noindex])
        }
    }

    @Test func `pages that are read for nothing count against the cap`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            let number = Int(request.path.dropFirst()) ?? 0
            if request.path.hasSuffix(".txt") || request.path.hasSuffix(".xml") { return .status(404) }
            return .html(CrawlSite.page("/\(number * 2 + 1)", "/\(number * 2 + 2)", head: "<meta name=\"robots\" content=\"noindex\">"))
        } body: { server in
            let report = try await server.crawl(depth: 10, maximumPages: 10)
            #expect(report.outcomes.count { $0.reason == .noindex } == 10)
            #expect(report.summary?.hitCap == true)
        }
    }

    @Test func `a server that prefers Markdown is given the chance, and what it sends is read as Markdown`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            let likesMarkdown = (request["accept"] ?? "").hasPrefix("text/markdown, text/html;q=0.9")
            return switch request.path {
            case "/guide/": .text(likesMarkdown ? "# Guide <a href=\"a\">" : "?", type: "text/markdown; charset=utf-8")
            case "/guide/a": .html(CrawlSite.page())
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl("/guide/")
            #expect(report.pages.map(\.contentType) == [.markdown, .html])
            #expect(report.read == ["/guide/", "/guide/a"])
        }
    }
}
