import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Confluence in trouble` {
    @Test(arguments: ConfluenceSite.editions)
    func `too many requests are waited for as told, or end the walk with the time to wait`(edition: ConfluenceStandIn.Edition) async throws
    {
        let pauses = Locked<[Duration]>([])
        @Sendable func limited(_ seconds: Int) -> HTTPServerResponse {
            .bytes(
                Array(#"{"message":"Rate limit exceeded"}"#.utf8), status: 429,
                headers: [("retry-after", "\(seconds)"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2026-03-06T15:06:50Z")])
        }
        try await ConfluenceSite.with(edition, timing: .still(pauses)) { site, walk, server in
            site.behave { $0.instead = [("body", limited(9))] }
            let report = try await walk.run()
            #expect(report.pages.count == 3)
            #expect(pauses.withLock { $0 }.contains(.seconds(9)))
            site.behave { $0.instead = [("status=current", limited(600))] }
            let before = server.requests.count
            let fault = await #expect(throws: Fault.self) { try await walk.cursor() }
            #expect(fault?.category == .rateLimited)
            #expect(fault?.isTransient == true)
            #expect(fault?.retryAfter == .seconds(600))
            #expect(server.requests.count == before + 2)
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `a token that has expired is named with Confluence's words`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition, token: "expired") { _, walk, _ in
            let fault = await #expect(throws: Fault.self) { try await walk.cursor() }
            #expect(fault?.category == .authorization)
            #expect(fault?.field == "options.credential")
            #expect(fault?.message == "Confluence refuses the credential with 401: Unauthorized; the token has expired.")
            #expect(fault?.isTransient == false)
            #expect(fault?.hint != nil)
        }
    }

    @Test func `a token that Cloud answers as nobody's is a refusal, and no empty space`() async throws {
        for space in [nil, "DOC"] {
            try await ConfluenceSite.with(.cloud, token: "expired", space: space) { site, walk, _ in
                site.behave { $0.forgivesTokens = true }
                let fault = await #expect(throws: Fault.self) { try await walk.run() }
                #expect(fault?.category == .authorization)
                #expect(fault?.message.contains("AUTHENTICATED_FAILED") == true)
            }
        }
    }

    @Test(arguments: [
        ("9223372036854775807", "1073741824 MiB"), ("9223372036854775808", "1073741824 MiB"), ("1e30", "1073741824 MiB"),
        ("-9223372036854775808", "0 B"), ("2047.5", "2 KiB"),
    ])
    func `a file whose size no integer can hold is listed, and the page is read`(size: String, shown: String) async throws {
        for edition in ConfluenceSite.editions {
            try await ConfluenceSite.with(edition) { site, walk, _ in
                let (facts, part) =
                    edition == .cloud
                    ? (#""mediaType":"application/pdf","fileSize":\#(size)"#, "/pages/102/attachments")
                    : (#""extensions":{"mediaType":"application/pdf","fileSize":\#(size)}"#, "/content/102/child/attachment")
                let answer =
                    #"{"results":[{"id":"att1","type":"attachment","status":"current","title":"big.pdf",\#(facts)}],"size":1,"limit":200}"#
                site.behave { $0.instead = [(part, .json(answer))] }
                let report = try await walk.run()
                #expect(report.pages.count == 3 && report.summary?.isComplete == true)
                let page = report.pages.first { $0.url.path == ConfluenceSite.path(edition, 102) }
                let text = String(decoding: try #require(page).body, as: UTF8.self)
                #expect(text.contains("(application/pdf, \(shown))"), "\(text)")
            }
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `a space that is not there is a fault and deletes nothing`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition) { site, walk, _ in
            site.remove(space: "DOC")
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.category == .notFound)
            #expect(fault?.field == "web_url")
        }
    }

    @Test(arguments: ["{\"results\":[{\"id", "", "<html>", "[]", String(repeating: "{\"a\":", count: 500)])
    func `half an answer is a transient fault, and nothing is deleted`(text: String) async throws {
        try await ConfluenceSite.with(.cloud) { site, walk, _ in
            site.behave { $0.instead = [("/pages?", .json(text))] }
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.code == "E_NET_PROTOCOL")
            #expect(fault?.isTransient == true)
            site.behave { $0.instead = [("/pages/102?", .json(text))] }
            let report = try await walk.run()
            #expect(report.summary?.isComplete == false)
            #expect(report.summary?.counts == [.fetched: 2, .failed: 1])
        }
    }

    @Test func `lists that never end, and links that lead elsewhere, are refused`() async throws {
        let links = [
            "/wiki/api/v2/pages?cursor=same", "https://evil.example/wiki/api/v2/pages?limit=1", "/wiki/api/v2/pages", "?cursor=%FF",
            "?cursor=",
        ]
        for link in links {
            try await ConfluenceSite.with(.cloud) { site, walk, server in
                let answer = HTTPServerResponse.json(#"{"results":[],"_links":{"next":"\#(link)"}}"#)
                site.behave { $0.instead = Array(repeating: ("/pages?", answer), count: 50) }
                let fault = await #expect(throws: Fault.self) { try await walk.run() }
                #expect(fault?.code == "E_NET_PROTOCOL")
                #expect(server.requests.count <= 3)
            }
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `a page that is gone, denied or trashed meanwhile is an outcome of its own`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition) { site, walk, _ in
            let path = ConfluenceSite.path(edition, 102)
            site.behave { $0.instead = [("/102?", .json(#"{"statusCode":404,"message":"No content found"}"#, status: 404))] }
            let gone = try await walk.run()
            #expect(gone.outcome(path)?.kind == .gone)
            #expect(gone.summary?.isComplete == true)
            site.behave { $0.instead = [("/102?", .json(#"{"message":"Permission denied"}"#, status: 403))] }
            let denied = try await walk.run()
            #expect(denied.outcome(path)?.kind == .failed)
            #expect(denied.summary?.isComplete == false)
            let trashed = #"{"id":"102","status":"trashed","title":"Guide","version":{"number":2},"body":{"storage":{"value":""}}}"#
            site.behave { $0.instead = [("/102?", .json(trashed))] }
            let late = try await walk.run()
            #expect(late.outcome(path)?.kind == .gone)
        }
    }

    @Test(arguments: [
        (#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p>&b;</p>"#, "E_MARKUP_SYNTAX"),
        (String(repeating: "<div>", count: 5000) + String(repeating: "</div>", count: 5000), "E_MARKUP_DEPTH"),
        ("<p>never closed", "E_MARKUP_SYNTAX"), ("</fragment><fragment>", "E_MARKUP_SYNTAX"),
        ("<p " + (0..<300).map { "a\($0)=\"1\" " }.joined() + "/>", "E_MARKUP_SYNTAX"),
    ])
    func `hostile markup is an outcome with its code, and the other pages are read`(storage: String, code: String) async throws {
        try await ConfluenceSite.with(.cloud) { site, walk, _ in
            site.save(104, title: "Hostile", storage)
            let report = try await walk.run()
            let outcome = report.outcome(ConfluenceSite.path(.cloud, 104))
            #expect(outcome?.kind == .failed)
            #expect(outcome?.reason == .malformed)
            #expect(outcome?.detail?.hasPrefix(code) == true)
            #expect(report.pages.count == 3)
        }
    }

    @Test func `an empty page has its title`() async throws {
        try await ConfluenceSite.with(.cloud, fill: { $0.save(101, title: "Nothing", "") }) { _, walk, _ in
            let report = try await walk.run()
            #expect(report.pages.map { String(decoding: $0.body, as: UTF8.self) } == ["# Nothing\n"])
        }
    }

    @Test func `a token goes to no other origin than its own`() async throws {
        try await ConfluenceSite.with(.cloud) { _, walk, server in
            var walk = walk
            walk.options["api_url"] = "http://127.0.0.2:\(server.port)/wiki"
            let fault = await #expect(throws: Fault.self) { try await walk.cursor() }
            #expect(fault?.code == "E_CREDENTIAL")
        }
    }

    private static func registry(_ fetcher: HTTPFetcher) -> (SourceRegistry, SourceKind) {
        let connector = ConfluenceConnector(
            fetcher: fetcher, policy: URLPolicy(), gates: GateRegistry(), credentials: CredentialStore(directory: nil))
        return (SourceRegistry([connector]), connector.kind)
    }

    struct Spelling: Sendable {
        let text: String
        var edition: String?
        let root: String
        var subject: String?
    }

    @Test(arguments: [
        Spelling(
            text: "https://example.atlassian.net/wiki/spaces/DOC/overview", root: "https://example.atlassian.net/wiki/spaces/DOC",
            subject: "doc"),
        Spelling(
            text: "https://example.atlassian.net/wiki/spaces/~712020abc", root: "https://example.atlassian.net/wiki/spaces/~712020abc",
            subject: "~712020abc"),
        Spelling(text: "https://Example.atlassian.net", root: "https://example.atlassian.net/wiki"),
        Spelling(text: "https://example.atlassian.net/wiki/", root: "https://example.atlassian.net/wiki"),
        Spelling(text: "https://wiki.example.org/display/DOC", root: "https://wiki.example.org/spaces/DOC", subject: "doc"),
        Spelling(
            text: "https://wiki.example.org/confluence/spaces/DOC/overview", root: "https://wiki.example.org/confluence/spaces/DOC",
            subject: "doc"),
        Spelling(text: "https://wiki.example.org", root: "https://wiki.example.org/"),
        Spelling(text: "https://wiki.example.org/spaces/..", root: "https://wiki.example.org/"),
        Spelling(
            text: "https://docs.example.org/wiki/spaces/DOC", edition: "cloud", root: "https://docs.example.org/wiki/spaces/DOC",
            subject: "doc"),
    ])
    func `addresses come to one form`(_ spelling: Spelling) throws {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let (registry, kind) = Self.registry(fetcher)
        let options = spelling.edition.map { ["edition": $0] } ?? [:]
        let address = try registry.address(spelling.text, kind: kind, options: options)
        #expect(address.rootURL == spelling.root)
        #expect(address.subject == spelling.subject)
        #expect(try registry.address(address.rootURL, kind: kind, options: options) == address)
    }

    struct Mistake: Sendable {
        let text: String
        var options: [String: String] = [:]
        let field: String
    }

    @Test(arguments: [
        Mistake(text: "https://example.atlassian.net/wiki/spaces/DOC/pages/1/Title", field: "web_url"),
        Mistake(text: "https://example.atlassian.net/jira/spaces/DOC", field: "web_url"),
        Mistake(text: "https://wiki.example.org/pages/viewpage.action?pageId=1", field: "web_url"),
        Mistake(text: "https://wiki.example.org/spaces/D%2FC", field: "web_url"),
        Mistake(text: "https://10.0.0.1/spaces/DOC", field: "web_url"),
        Mistake(text: "https://wiki.example.org", options: ["edition": "server"], field: "options.edition"),
        Mistake(text: "https://example.atlassian.net/wiki", options: ["credential": "a"], field: "options.email"),
        Mistake(text: "https://example.atlassian.net/wiki", options: ["credential": "a", "email": "a:b@c.d"], field: "options.email"),
        Mistake(text: "https://wiki.example.org", options: ["credential": "a", "email": "ada@example.org"], field: "options.email"),
        Mistake(text: "https://wiki.example.org", options: ["credential": "../a"], field: "options.credential"),
        Mistake(text: "https://wiki.example.org", options: ["api_url": "http://169.254.169.254/"], field: "options.api_url"),
    ])
    func `what is wrong in an address is named`(_ mistake: Mistake) throws {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let (registry, kind) = Self.registry(fetcher)
        let fault = #expect(throws: Fault.self) { try registry.address(mistake.text, kind: kind, options: mistake.options) }
        #expect(fault?.field == mistake.field)
    }
}
