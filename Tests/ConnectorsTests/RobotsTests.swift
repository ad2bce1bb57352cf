import Domain
import Primitives
import TestSupport
import Testing

@testable import Connectors

@Suite struct `Robots` {
    @Test(arguments: [
        ("User-agent: *\nDisallow: /private", "/private/x", false), ("User-agent: *\nDisallow: /private", "/public", true),
        ("User-agent: *\nDisallow:", "/x", true), ("User-agent: *\nDisallow: /", "/x", false),
        ("User-agent: *\nDisallow: /\nAllow: /docs/", "/docs/a", true), ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true),
        ("User-agent: *\nDisallow: /*.php$", "/x.php", false), ("User-agent: *\nDisallow: /*.php$", "/x.php5", true),
        ("User-agent: *\nDisallow: /a*c", "/abbbc/d", false), ("User-agent: *\nDisallow: /%7Euser", "/~user/x", false),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC", false),
        ("User-agent: other\nDisallow: /", "/x", true), ("User-agent: PORTOLAN\nDisallow: /", "/x", false),
        ("User-agent: portolan/1.0\nDisallow: /", "/x", false), ("User-agent: portolanbot\nDisallow: /", "/x", true),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Portolan\nAllow: /", "/x", true),
        ("User-agent: a\nUser-agent: Portolan\nDisallow: /x", "/x", false),
        ("User-agent: Portolan\nDisallow: /a\nUser-agent: b\nDisallow: /\nUser-agent: portolan\nDisallow: /c", "/c", false),
        ("# x\r\nuser-AGENT : * # y\r\ndisALLOW : /a # z\r\n", "/a", false), ("\u{FEFF}User-agent: *\nDisallow: /a", "/a", false),
        ("Disallow: /", "/x", true), ("garbage\n:::\n", "/x", true), ("User-agent: *\nDisallow: /a?b", "/ab", true),
    ])
    func `the longest rule of the right group decides`(text: String, path: String, isAllowed: Bool) throws {
        let rules = RobotsRules(Array(text.utf8), agent: "Portolan")
        #expect(rules.allows(try SiteURL("https://h" + path)) == isAllowed)
    }

    @Test(arguments: [("2", 2.0), ("0.5", 0.5), ("99999", 3600)])
    func `the delay is read`(text: String, seconds: Double) {
        let rules = RobotsRules(Array("User-agent: *\nCrawl-delay: \(text)".utf8), agent: "Portolan")
        #expect(rules.crawlDelay?.seconds == seconds)
    }

    @Test(arguments: ["", "x", "-1", "nan", "inf"])
    func `a malformed delay is none`(text: String) {
        #expect(RobotsRules(Array("User-agent: *\nCrawl-delay: \(text)".utf8), agent: "Portolan").crawlDelay == nil)
    }

    @Test func `many stars stay cheap`() throws {
        let rules = RobotsRules(Array("User-agent: *\nDisallow: /\(String(repeating: "*a", count: 200))$".utf8), agent: "Portolan")
        #expect(rules.allows(try SiteURL("https://h/" + String(repeating: "a", count: 190) + "b")))
    }

    @Test(.timeLimit(.minutes(5))) func `rules with wildcards are bounded, others are not displaced by them`() throws {
        let stars = (0..<5000).map { "Disallow: /*n\($0)x\(String(repeating: "*a", count: 20))$\n" }.joined()
        let rules = RobotsRules(
            Array("User-agent: *\n\(stars)Disallow: /*\(String(repeating: "x", count: 600))\nDisallow: /private\n".utf8), agent: "Portolan")
        let long = "https://h/" + String(repeating: "a", count: 1900)
        for number in 0..<50 { #expect(rules.allows(try SiteURL(long + "\(number)b"))) }
        #expect(!rules.allows(try SiteURL("https://h/private/x")))
        #expect(!rules.allows(try SiteURL("https://h/n1x" + String(repeating: "a", count: 20))))
        #expect(rules.allows(try SiteURL("https://h/n4999x" + String(repeating: "a", count: 20))))
        #expect(rules.allows(try SiteURL("https://h/" + String(repeating: "x", count: 600))))
    }

    @Test func `forbidden pages are skipped and the delay is kept`() async throws {
        let pauses = Locked<[Duration]>([])
        let pages = ["/": CrawlSite.page("a", "private/x"), "/a": CrawlSite.page(), "/private/x": CrawlSite.page()]
        try await LoopbackHTTPServer.withServer { request in
            if request.path == "/robots.txt" { return .text("User-agent: Portolan\nDisallow: /private\nCrawl-delay: 3") }
            return try await CrawlSite.serving(pages)(request)
        } body: { server in
            let report = try await server.crawl(timing: .still(pauses))
            #expect(report.read == ["/", "/a"])
            #expect(report.others == ["/private/x": .robots])
            #expect(pauses.withLock { $0 }.contains(.seconds(3)))
            let unbound = try await server.crawl { $0.obeysRobots = false }
            #expect(unbound.read.contains("/private/x"))
        }
    }

    @Test func `a forbidden start page and a broken file fail the crawl`() async throws {
        try await LoopbackHTTPServer.withServer { _ in
            .text("User-agent: *\nDisallow: /")
        } body: { server in
            let fault = await #expect(throws: Fault.self) { _ = try await server.crawl() }
            #expect(fault?.code == "E_ROBOTS")
        }
        try await LoopbackHTTPServer.withServer { _ in
            .status(500)
        } body: { server in
            let fault = await #expect(throws: Fault.self) { _ = try await server.crawl() }
            #expect(fault?.code == "E_HTTP_STATUS")
            #expect(fault?.isTransient == true)
        }
    }

    @Test(
        arguments: [
            ("5", 5.0), ("0", 0), ("100000", 60), ("Sun, 06 Nov 1994 08:49:57 GMT", 20), ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("Thu, 29 Feb 2096 00:00:00 GMT", 60), ("-1", nil), ("soon", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil), (nil, nil),
        ] as [(String?, Double?)])
    func `Retry-After is seconds or a date`(header: String?, seconds: Double?) {
        let now = RetryAfterClock.sixthOfNovember
        #expect(RetryAfter.pause(header, now: now, limit: .seconds(60))?.seconds == seconds)
    }
}
