import Domain
import EmbeddedServices
import FoundationEssentials
import Primitives
import TestSupport
import Testing

@testable import Connectors

@Suite struct `What a site lists itself` {
    private static func sitemap(_ locations: [String], root: String = "urlset", item: String = "url") -> String {
        "<?xml version=\"1.0\"?><\(root) xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
            + locations.map { "<\(item)><loc>\($0)</loc></\(item)>" }.joined() + "</\(root)>"
    }

    /// Serves pages without links, lists with the server's address for `@`, and 404 for the rest.
    private static func serving(_ files: [String: String], pages: Set<String>) -> LoopbackHTTPServer.Handler {
        { request in
            if let text = files[request.path] {
                let host = "http://\(request["host"] ?? "")"
                return .text(
                    text.replacing("@", with: host), type: request.path.hasSuffix(".xml") ? "application/xml" : "text/plain; charset=utf-8")
            }
            return pages.contains(request.path) ? .html(CrawlSite.page()) : .text("not found", status: 404)
        }
    }

    @Test func `pages of the sitemap are read beside those of the links, within the scope`() async throws {
        let files = [
            "/docs/sitemap.xml": Self.sitemap([
                "@/docs/a", "@/docs/b?x=1", "@/docs/a/", "@/blog/", "https://other.example/docs/c", "/docs/relative", "@/docs/logo.png", "",
            ])
        ]
        try await LoopbackHTTPServer.withServer(handler: Self.serving(files, pages: ["/docs/", "/docs/a", "/docs/b"])) { server in
            let report = try await server.crawl("/docs/")
            #expect(report.read == ["/docs/", "/docs/a", "/docs/b"])
            #expect(report.others == ["/docs/logo.png": .contentType])
            #expect(report.pages.map(\.depth) == [0, 1, 1])
            #expect(report.summary?.isComplete == true)
            // The one in the folder is the one that counts.
            #expect(!server.requests.contains { $0.path == "/sitemap.xml" })
        }
    }

    @Test func `depth 0 reads the start page and asks for no list`() async throws {
        let files = ["/sitemap.xml": Self.sitemap(["@/a"])]
        try await LoopbackHTTPServer.withServer(handler: Self.serving(files, pages: ["/", "/a"])) { server in
            let report = try await server.crawl(depth: 0)
            #expect(report.read == ["/"])
            #expect(server.requests.map(\.path) == ["/robots.txt", "/"])
        }
    }

    @Test func `robots txt names the sitemaps, an index names more, and gzip is read`() async throws {
        let compressed = try await Self.gzip(Self.sitemap(["@/c"]))
        try await LoopbackHTTPServer.withServer { request in
            let host = "http://\(request["host"] ?? "")"
            switch request.path {
            case "/robots.txt":
                return .text("User-agent: *\nSitemap: \(host)/maps/all.xml\nDisallow: /b\nsitemap: https://cdn.example/x.xml")
            case "/maps/all.xml":
                let names = ["\(host)/maps/1.xml", "\(host)/maps/2.xml.gz", "\(host)/maps/all.xml", "https://cdn.example/x.xml"]
                return .text(Self.sitemap(names, root: "sitemapindex", item: "sitemap"), type: "text/xml")
            case "/maps/1.xml": return .text(Self.sitemap(["\(host)/a", "\(host)/b"]), type: "text/xml")
            case "/maps/2.xml.gz":
                return .bytes(compressed, headers: [("content-type", "application/gzip")])
            case "/", "/a", "/b", "/c": return .html(CrawlSite.page())
            default: return .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/a"])
            #expect(report.others == ["/b": .robots])
            #expect(
                server.requests.map(\.path) == ["/robots.txt", "/", "/maps/all.xml", "/maps/1.xml", "/maps/2.xml.gz", "/llms.txt", "/a"])
            // What is compressed was read: its address is of a host that is not there.
            #expect(!server.requests.contains { $0.path == "/sitemap.xml" })
        }
    }

    @Test func `a compressed sitemap gives its pages`() async throws {
        let list = Locked<[UInt8]>([])
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/sitemap.xml": .bytes(list.withLock { $0 }, headers: [("content-type", "application/gzip")])
            case "/", "/a": .html(CrawlSite.page())
            default: .status(404)
            }
        } body: { server in
            let bytes = try await Self.gzip(Self.sitemap(["\(server.url)/a"]))
            list.withLock { $0 = bytes }
            let report = try await server.crawl()
            #expect(report.read == ["/", "/a"])
        }
    }

    @Test func `links of llms txt are read unless they are Markdown of pages that are there`() async throws {
        let files = [
            "/llms.txt":
                "# Site\n\n> About\n\n- [A](/a.md): the page\n- [B](@/b.md)\n- [Full](/llms-full.txt)\n- [D](d/index.html.md)\n- [X](https://x.example/)\n",
            "/b.md": "# B", "/llms-full.txt": "# all",
        ]
        let pages = ["/": CrawlSite.page("a", "d/", "/llms.txt", "a.md"), "/a": CrawlSite.page(), "/d/": CrawlSite.page()]
        let handler = Self.serving(files, pages: [])
        try await LoopbackHTTPServer.withServer { request in
            if let page = pages[request.path] { return .html(page) }
            return try await handler(request)
        } body: { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/a", "/d/", "/b.md"])
            #expect(report.pages.last?.contentType == .plain || report.pages.last?.contentType == .markdown)
            #expect(
                report.others == [
                    "/a.md": .duplicate, "/d/index.html.md": .duplicate, "/llms-full.txt": .duplicate, "/llms.txt": .listing,
                ])
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test func `a Markdown file is read when the page beside it is not there`() async throws {
        let pages = ["/": CrawlSite.page("a.md", "a", "b.md"), "/a.md": "# A", "/b.md": "# B"]
        try await LoopbackHTTPServer.withServer(handler: CrawlSite.serving(pages)) { server in
            let report = try await server.crawl()
            #expect(report.read.sorted() == ["/", "/a.md", "/b.md"])
            #expect(report.others == ["/a": .status])
        }
    }

    @Test func `llms-full txt is the whole documentation when it is the start page`() async throws {
        let files = ["/docs/llms-full.txt": "# All\n\n[A](/docs/a) text", "/docs/sitemap.xml": Self.sitemap(["@/docs/a"])]
        try await LoopbackHTTPServer.withServer(handler: Self.serving(files, pages: ["/docs/a"])) { server in
            let report = try await server.crawl("/docs/llms-full.txt")
            #expect(report.read == ["/docs/llms-full.txt"])
            #expect(report.pages.first?.contentType == .markdown)
            #expect(server.requests.map(\.path) == ["/robots.txt", "/docs/llms-full.txt"])
        }
    }

    @Test func `llms txt as the start page is walked`() async throws {
        let files = ["/docs/llms.txt": "# All\n\n- <a href=\"/docs/a\">A</a>"]
        try await LoopbackHTTPServer.withServer(handler: Self.serving(files, pages: ["/docs/a"])) { server in
            let report = try await server.crawl("/docs/llms.txt")
            #expect(report.read == ["/docs/llms.txt", "/docs/a"])
        }
    }

    @Test func `a page whose listed date is the known one is not asked for, and its links are walked`() async throws {
        let list = Locked("")
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/sitemap.xml": .text(list.withLock { $0 }, type: "application/xml")
            case "/", "/a", "/b", "/c", "/d": .html(CrawlSite.page())
            default: .status(404)
            }
        } body: { server in
            let text =
                "<urlset>"
                + [("/", "2026-01-01"), ("/a", "2026-01-02"), ("/b", "2026-01-03"), ("/c", "")].map {
                    "<url><loc>\(server.url)\($0.0)</loc><lastmod>\($0.1)</lastmod></url>"
                }.joined() + "</urlset>"
            list.withLock { $0 = text }
            let known = [
                "/": KnownPage(listedAt: "2026-01-01"), "/a": KnownPage(links: ["\(server.url)/d"], listedAt: "2026-01-02"),
                "/b": KnownPage(listedAt: "2026-01-02"), "/c": KnownPage(),
            ]
            let report = try await server.crawl(known: known)
            #expect(report.read == ["/", "/b", "/c", "/d"])
            let skipped = report.outcome("/a")
            #expect(skipped?.kind == .notModified && skipped?.reason == .listedDate && skipped?.listedAt == "2026-01-02")
            #expect(report.outcome("/b")?.listedAt == "2026-01-03" && report.outcome("/c")?.listedAt == nil)
            #expect(!server.requests.contains { $0.path == "/a" })
            #expect(report.summary?.isComplete == true)
        }
    }

    /// File, its type, the code of its row, and whether the crawl may still delete what it did not see.
    static let broken: [(String, String, String?, Bool)] = [
        ("<!DOCTYPE html><html><p>not found", "text/html", "E_SITEMAP_DOCTYPE", false),
        ("<html><body>not found</body></html>", "text/html", nil, true),
        ("", "application/xml", nil, true),
        ("<urlset><url><loc>@/a</loc></url><url><lo", "application/xml", "E_SITEMAP_SYNTAX", false),
        ("{\"not\": \"a sitemap\"}", "application/json", nil, true),
        (
            "<!DOCTYPE u [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><urlset><url><loc>&x;</loc></url></urlset>", "text/xml",
            "E_SITEMAP_DOCTYPE", false
        ),
        ("\u{1F}\u{8B}broken", "application/gzip", "E_EXTRACT_CORRUPT", false),
    ]

    @Test(arguments: broken)
    func `a broken sitemap is an outcome and ends no crawl`(text: String, type: String, code: String?, isComplete: Bool) async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": .html(CrawlSite.page("b"))
            case "/sitemap.xml":
                .bytes(
                    text.hasPrefix("\u{1F}")
                        ? [0x1F, 0x8B] + Array("broken".utf8)
                        : Array(text.replacing("@", with: "http://\(request["host"] ?? "")").utf8), headers: [("content-type", type)])
            case "/a", "/b": .html(CrawlSite.page())
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.read.starts(with: ["/", "/b"]))
            let row = report.outcome("/sitemap.xml")
            #expect(row?.reason == (code == nil ? nil : .listing))
            #expect(row?.detail?.hasPrefix(code ?? "") ?? (code == nil))
            #expect(report.summary?.isComplete == isComplete)
            if code == "E_SITEMAP_SYNTAX" { #expect(report.read == ["/", "/b", "/a"]) }
        }
    }

    @Test func `a sitemap that cannot be had keeps anything from being deleted`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": .html(CrawlSite.page())
            case "/sitemap.xml": .status(503)
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.outcome("/sitemap.xml")?.detail?.hasPrefix("E_HTTP_STATUS") == true)
            #expect(report.summary?.isComplete == false)
        }
    }

    @Test func `an index without end is read to its bound`() async throws {
        let names = (0..<200).map { "@/maps/\($0).xml" }
        try await LoopbackHTTPServer.withServer { request in
            let host = "http://\(request["host"] ?? "")"
            if request.path == "/sitemap.xml" || request.path.hasPrefix("/maps/") {
                let text = Self.sitemap(names, root: "sitemapindex", item: "sitemap").replacing("@", with: host)
                return .text(text, type: "text/xml")
            }
            return request.path == "/" ? .html(CrawlSite.page()) : .status(404)
        } body: { server in
            let report = try await server.crawl()
            #expect(server.requests.count { $0.path.hasSuffix(".xml") } == SeedReader.maximumFiles)
            #expect(report.outcomes.contains { $0.detail?.hasPrefix("E_SITEMAP_BUDGET") == true })
            #expect(report.summary?.isComplete == true)
        }
    }

    /// `text` as gzip writes it.
    static func gzip(_ text: String) async throws -> [UInt8] {
        try await withTemporaryDirectory { folder in
            try Data(text.utf8).write(to: URL(filePath: folder + "/file"))
            try await ChildProcess.run("/bin/gzip", arguments: ["-n", folder + "/file"])
            return Array(FileManager.default.contents(atPath: folder + "/file.gz") ?? Data())
        }
    }
}
