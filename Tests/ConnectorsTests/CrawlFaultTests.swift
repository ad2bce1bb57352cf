import Domain
import Primitives
import TestSupport
import Testing

@Suite struct `Crawling a site with faults` {
    private static let siteFiles = ["/robots.txt", "/sitemap.xml", "/llms.txt"]

    @Test func `redirects are followed, and what they lead to is read once`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": .html(CrawlSite.page("old", "dir", "chain", "also"))
            case "/old", "/also": .redirect(to: "/new", status: 301)
            case "/dir": .redirect(to: "/dir/")
            case "/chain": .redirect(to: "/chain2")
            case "/chain2": .redirect(to: "chain3")
            default: .html(CrawlSite.page())
            }
        } body: { server in
            let report = try await server.crawl()
            #expect(report.read == ["/", "/new", "/dir/", "/chain3"])
            #expect(report.outcome("/old")?.finalURL?.path == "/new")
            #expect(report.others == ["/also": .duplicate])
        }
    }

    @Test func `redirects that lead astray are not followed`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/docs/": .html(CrawlSite.page("loop", "off", "private", "up", "file", "long0"))
            case "/docs/loop": .redirect(to: "/docs/loop2")
            case "/docs/loop2": .redirect(to: "/docs/loop")
            case "/docs/off": .redirect(to: "https://other.example/")
            case "/docs/private": .redirect(to: "http://169.254.169.254/latest/")
            case "/docs/up": .redirect(to: "/elsewhere")
            case "/docs/file": .redirect(to: "file:///etc/passwd")
            default: request.path.hasPrefix("/docs/long") ? .redirect(to: request.path + "0") : .status(404)
            }
        } body: { server in
            let report = try await server.crawl("/docs/")
            #expect(
                report.others == [
                    "/docs/loop": .redirects, "/docs/off": .offSite, "/docs/private": .offSite, "/docs/up": .outOfScope,
                    "/docs/file": .redirects,
                    "/docs/long0": .redirects,
                ])
            #expect(report.outcome("/docs/loop")?.detail?.contains("E_REDIRECT_LOOP") == true)
            #expect(report.outcome("/docs/long0")?.detail?.contains("E_REDIRECT_DENY") == true)
            #expect(server.requests.allSatisfy { $0.path.hasPrefix("/docs/") || Self.siteFiles.contains($0.path) })
        }
    }

    @Test(arguments: [("/", "/guide/"), ("/docs", "/docs/")])
    func `the start page may move on its site`(start: String, target: String) async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case start: .redirect(to: target)
            case target: .html(CrawlSite.page("a", "/other"))
            case target + "a": .html("")
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl(start)
            #expect(report.read == [target, target + "a"])
            #expect(report.summary?.root.path == target)
        }
    }

    @Test func `transient failures are retried, and what stays broken makes the crawl incomplete`() async throws {
        let tries = Locked<[String: Int]>([:])
        let pauses = Locked<[Duration]>([])
        try await LoopbackHTTPServer.withServer { request in
            let count = tries.withLock { tries in
                tries[request.path, default: 0] += 1
                return tries[request.path] ?? 0
            }
            return switch request.path {
            case "/": .html(CrawlSite.page("flaky", "broken", "busy", "cut", "denied"))
            case "/flaky": count < 3 ? .status(503) : .html("")
            case "/broken": .status(500)
            case "/busy": count < 2 ? .status(429, headers: [("retry-after", "7")]) : .html("")
            case "/cut": count < 2 ? .streaming(length: 10) { await $0.abort() } : .html("")
            case "/denied": .status(403)
            default: .status(404)
            }
        } body: { server in
            let report = try await server.crawl(timing: .still(pauses)) { $0.concurrency = 1 }
            #expect(report.read == ["/", "/flaky", "/busy", "/cut"])
            #expect(report.outcome("/broken")?.status == 500)
            #expect(report.outcome("/broken")?.isTransient == true)
            #expect(report.outcome("/denied")?.isTransient == false)
            #expect(report.summary?.isComplete == false)
            #expect(tries.withLock { $0["/broken"] } == 3)
            #expect(pauses.withLock { $0 }.contains(.seconds(7)))
        }
    }

    @Test func `a page that is denied although it was known is no proof that it is gone`() async throws {
        try await LoopbackHTTPServer.withServer {
            $0.path == "/" ? .html(CrawlSite.page("a")) : .status($0.path == "/a" ? 403 : 404)
        } body: { server in
            let denied = try await server.crawl(known: ["/a": KnownPage()])
            #expect(denied.summary?.isComplete == false)
            let fresh = try await server.crawl()
            #expect(fresh.summary?.isComplete == true)
        }
    }

    @Test func `slow and huge pages fail alone`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/": return .html(CrawlSite.page("slow", "huge", "endless", "fine"))
            case "/slow":
                try await Expectation().fulfillment()
                return .status(200)
            case "/huge": return .streaming(headers: [("content-type", "text/html")], length: 200 << 20) { try await $0.write("x") }
            case "/endless":
                return .streaming(headers: [("content-type", "text/html")]) {
                    while true { try await $0.write([UInt8](repeating: 32, count: 1 << 20)) }
                }
            case "/fine": return .html("")
            default: return .status(404)
            }
        } body: { server in
            let report = try await server.crawl {
                $0.pageTimeout = .seconds(15)
                $0.pageSize = .mebibytes(1)
            }
            #expect(report.read == ["/", "/fine"])
            #expect(report.others == ["/slow": .timeout, "/huge": .tooLarge, "/endless": .tooLarge])
            #expect(report.outcome("/huge")?.detail?.contains("1 MiB") == true)
            #expect(report.summary?.isComplete == false)
        }
    }

    @Test(arguments: [
        ("/missing", "E_HTTP_STATUS"), ("/json", "E_CONTENT_TYPE"), ("/loop", "E_REDIRECT_LOOP"), ("/away", "E_REDIRECT_DENY"),
        ("/huge", "E_FILE_SIZE"),
    ])
    func `a start page that cannot be read fails the crawl with field and reason`(path: String, code: String) async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/json": .json("{}")
            case "/loop": .redirect(to: "/loop")
            case "/away": .redirect(to: "https://other.example/")
            case "/huge": .streaming(headers: [("content-type", "text/html")], length: 200 << 20) { try await $0.write("x") }
            default: .status(404)
            }
        } body: { server in
            let fault = await #expect(throws: Fault.self) { _ = try await server.crawl(path) }
            #expect(fault?.code == code)
            #expect(fault?.field == "web_url")
        }
    }

    @Test func `unreachable, refused and misspelled sites fail the crawl`() async throws {
        try await LoopbackHTTPServer.withServer { _ in
            .status(200)
        } body: { server in
            let refused = await #expect(throws: Fault.self) { _ = try await server.crawl(networks: []) }
            #expect(refused?.code == "E_PRIVATE_NET")
            // The name passes the text's rules; the guard stops the connection.
            let named = await #expect(throws: Fault.self) {
                _ = try await server.crawl("http://localhost:\(server.port)/", networks: ["10.0.0.0/8"])
            }
            #expect(named?.code == "E_PRIVATE_NET")
            let unknown = await #expect(throws: Fault.self) { _ = try await server.crawl("http://nobody.invalid/") }
            #expect(unknown?.code == "E_DNS_FAIL")
            #expect(server.requests.isEmpty)
            let tls = await #expect(throws: Fault.self) { _ = try await server.crawl("https://127.0.0.1:\(server.port)/") }
            #expect(tls?.code == "E_TLS")
        }
        let gone = try await LoopbackHTTPServer.withServer { _ in
            .status(200)
        } body: {
            $0
        }
        let fault = await #expect(throws: Fault.self) { _ = try await gone.crawl() }
        #expect(fault?.code == "E_NET_CONNECT")
        #expect(fault?.isTransient == true)
    }
}
