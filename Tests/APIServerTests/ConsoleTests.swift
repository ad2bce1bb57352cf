import APIClient
import APIModel
import Domain
import Fetch
import FoundationEssentials
import HTTPTypes
import MCP
import Postgres
import Primitives
import Storage
import Testing

@testable import APIServer

/// A browser without scripts: it keeps its cookie, follows no redirects, and sends forms.
private final class Browser {
    let edge: Edge
    var cookie: String?

    init(_ edge: Edge) { self.edge = edge }

    func get(_ path: String) async throws -> Reply { take(try await edge.send("GET", path, headers, token: nil)) }

    /// Sends the form fields `fields`, with the token of the page at `page`.
    func post(_ path: String, _ fields: [(String, String)], from page: String?, _ extra: FetchHeaders = [:]) async throws -> Reply {
        var fields = fields
        if let page { fields.append(("form_token", try await formToken(page))) }
        var sent = headers
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent["Origin"] = edge.url
        for field in extra { sent[field.name] = field.value }
        let body = Link.path("", fields).dropFirst()
        return take(try await edge.send("POST", path, sent, body: String(body), token: nil))
    }

    func signIn(_ token: String = Edge.token) async throws -> Reply { try await post("/console/signin", [("token", token)], from: nil) }

    func formToken(_ page: String) async throws -> String {
        let text = try await get(page).text
        let marker = "name=\"form_token\" value=\""
        return String(text[(try #require(text.firstRange(of: marker))).upperBound...].prefix { $0 != "\"" })
    }

    private var headers: FetchHeaders {
        var headers: FetchHeaders = ["Accept": "text/html,application/xhtml+xml"]
        headers["Cookie"] = cookie
        return headers
    }

    private func take(_ reply: Reply) -> Reply {
        if let set = reply.headers["Set-Cookie"] { cookie = set.contains("Max-Age=0") ? nil : String(set.prefix { $0 != ";" }) }
        return reply
    }
}

/// Knows one reader, until he is revoked.
private struct Reader: Authenticator {
    let isRevoked: Locked<Bool>
    let isOpen = false

    func principal(token: Redacted<String>?) async throws -> Principal {
        guard let token else { throw Fault.tokenMissing }
        guard token.reveal() == "reader", !isRevoked.withLock({ $0 }) else { throw Fault.tokenWrong }
        return Principal(subject: "reader", role: .reader, scopes: [.read], access: .publicOnly)
    }
}

@Suite struct `The console` {
    @Test func `Guesses at the door are counted by address, and the audit knows them`() async throws {
        let options = Edge.Options.limitedByRole
        try await Edge.with(options) { edge in
            let burst = try #require(RateLimitPolicy.roles.strangers?.rate.burst)
            var statuses: [Int] = []
            for number in 0..<(burst + 5) { statuses.append(try await Browser(edge).signIn("guess-\(number)").status) }
            #expect(statuses.prefix(burst).allSatisfy { $0 == 401 } && statuses.dropFirst(burst).allSatisfy { $0 == 429 }, "\(statuses)")
            let events = edge.logs.lines.filter { $0.message == "audit" }.map { $0.metadata["event"] }
            #expect(events.prefix(burst).allSatisfy { $0 == "unauthenticated" } && events.last == "quota_exceeded")
            // Webhooks are not held up: they prove themselves.
            #expect(try await edge.send("POST", "/webhooks/github", body: "{}", token: nil).status == 401)
        }
    }

    @Test func `A stranger gets the door, a token opens it, and signing out closes it`() async throws {
        try await Edge.with { edge in
            let browser = Browser(edge)
            let door = try await browser.get("/console/jobs?status=FAILED")
            #expect(door.status == 401 && door.text.contains("name=\"token\"") && door.text.contains("/console/jobs?status=FAILED"))
            let wrong = try await browser.signIn("wrong")
            #expect(wrong.status == 401 && browser.cookie == nil && wrong.text.contains("not valid here"))
            let right = try await browser.post("/console/signin", [("token", Edge.token), ("next", "/console/jobs")], from: nil)
            #expect(right.status == 303 && right.headers["Location"] == "/console/jobs", "\(right)")
            let cookie = try #require(right.headers["Set-Cookie"])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(Edge.token))
            #expect(!cookie.contains("Secure"))
            let page = try await browser.get("/")
            #expect(page.status == 200 && page.text.contains("The guide") && page.headers["Access-Control-Allow-Origin"] == nil)
            let policy = try #require(page.headers["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"))
            #expect(page.headers["Cache-Control"] == "no-store" && page.headers["X-Frame-Options"] == "DENY")
            // The session is for pages: the API asks for the token itself.
            #expect(try await edge.send("GET", "/v1/libraries", ["Cookie": browser.cookie ?? ""], token: nil).status == 401)
            let out = try await browser.post("/console/signout", [], from: "/")
            #expect(out.status == 303 && browser.cookie == nil)
            #expect(edge.logs.lines.allSatisfy { !$0.metadata.values.contains { $0.contains(Edge.token) } })
        }
    }

    @Test(arguments: [
        "https://evil.example.com/", "//evil.example.com/", "/\\evil.example.com", "/v1/libraries", "/console/\u{9}x", "/console/signout",
        "",
    ])
    func `Signing in leads nowhere else`(next: String) async throws {
        try await Edge.with { edge in
            let reply = try await Browser(edge).post("/console/signin", [("token", Edge.token), ("next", next)], from: nil)
            #expect(reply.status == 303 && reply.headers["Location"] == "/", "\(reply)")
        }
    }

    @Test func `A form from elsewhere does nothing`() async throws {
        try await Edge.with { edge in
            let browser = Browser(edge)
            _ = try await browser.signIn()
            let source = try #require(try await edge.client.sources().items.first?.id)
            let path = "/console/sources/\(source)/pause"
            let missing = try await browser.post(path, [("paused", "true")], from: nil)
            let forged = try await browser.post(path, [("paused", "true"), ("form_token", "0")], from: nil)
            let foreign = try await browser.post(
                path, [("paused", "true")], from: "/console/sources", ["Origin": "https://evil.example.com"])
            let crossed = try await browser.post(path, [("paused", "true")], from: "/console/sources", ["Sec-Fetch-Site": "cross-site"])
            for reply in [missing, forged, crossed] { #expect(reply.status == 403 && reply.text.contains("E_FORM"), "\(reply)") }
            #expect(foreign.status == 403 && foreign.text.contains("E_ORIGIN"), "\(foreign)")
            let other = Browser(edge)
            _ = try await other.signIn()
            // The token of one session is none in another.
            let borrowed = try await browser.post(
                path, [("paused", "true"), ("form_token", try await other.formToken("/console/sources"))], from: nil)
            #expect(borrowed.status == 403)
            #expect(try await edge.client.source(source).isPaused == false)
            let own = try await browser.post(path, [("paused", "true")], from: "/console/sources")
            #expect(own.status == 303, "\(own)")
            #expect(try await edge.client.source(source).isPaused)
        }
    }

    @Test func `Without the scope there is no button, what it does is refused, and a revoked token ends its sessions`() async throws {
        let isRevoked = Locked(false)
        var options = Edge.Options()
        options.authenticator = Reader(isRevoked: isRevoked)
        try await Edge.with(options) { edge in
            let browser = Browser(edge)
            #expect(try await browser.signIn("reader").status == 303)
            let page = try await browser.get("/")
            #expect(page.status == 200 && page.text.contains("READER") && !page.text.contains("Ingest a documentation"))
            let sources = try await browser.get("/console/sources").text
            #expect(!sources.contains("Look now"))
            let start = try await browser.post("/console/jobs", [("web_url", "https://docs.example.org/")], from: "/")
            #expect(start.status == 403 && start.text.contains("E_SCOPE"), "\(start)")
            isRevoked.withLock { $0 = true }
            #expect(try await browser.get("/").status == 401)
        }
    }

    @Test func `Who may not read is told where to leave, and can`() async throws {
        var options = Edge.Options()
        options.keys = { .now }
        try await Edge.with(options) { edge in
            let key = try await PostgresAPIKeyStore(edge.database).create(
                name: "asker", role: .reader, scopes: [.ask], libraries: [], lifetime: .seconds(3600))
            let browser = Browser(edge)
            #expect(try await browser.signIn(key.text.reveal()).status == 303)
            let refused = try await browser.get("/")
            #expect(refused.status == 403 && refused.text.contains("href=\"/console/signin\""), "\(refused)")
            let forged = try await browser.post("/console/signout", [("form_token", "0")], from: nil)
            let crossed = try await browser.post("/console/signout", [], from: "/console/signin", ["Sec-Fetch-Site": "cross-site"])
            #expect(forged.status == 403 && crossed.status == 403 && browser.cookie != nil)
            #expect(try await browser.post("/console/signout", [], from: "/console/signin").status == 303)
            #expect(browser.cookie == nil)
            // Twice does no harm, as from a second window.
            #expect(try await browser.post("/console/signout", [], from: nil).status == 303)
        }
    }

    @Test func `A token that no cookie holds is refused with the reason`() async throws {
        try await Edge.with { edge in
            let reply = try await Browser(edge).signIn(String(repeating: "x", count: 4000))
            #expect(reply.status == 422 && reply.text.contains("too long for a browser") && reply.headers["Set-Cookie"] == nil)
        }
    }

    @Test func `A job is started with what was typed, and stopped when asked twice`() async throws {
        try await Edge.with { edge in
            let browser = Browser(edge)
            _ = try await browser.signIn()
            let refused = try await browser.post(
                "/console/jobs", [("web_url", "http://10.0.0.1/\"><script>"), ("crawl_depth", "2")], from: "/")
            #expect(refused.status == 422 && refused.text.contains("aria-invalid=\"true\"") && !refused.text.contains("<script>\""))
            #expect(refused.text.contains("http://10.0.0.1/&quot;&gt;&lt;script&gt;"))
            let started = try await browser.post(
                "/console/jobs",
                [
                    ("web_url", "https://docs.example.org/"), ("crawl_depth", "2"), ("include_patterns", "/a/**\r\n\r\n /b/** \r\n"),
                    ("exclude_patterns", ""), ("library", "typed"), ("version", ""),
                ], from: "/")
            let location = try #require(started.headers["Location"], "\(started)")
            let job = try #require(location.split(separator: "/").last?.prefix { $0 != "?" })
            let row = try await edge.database.query("select settings::text as s from portolan.job where id::text = \(String(job))").single()
            let settings = try row.decode("s", as: String.self)
            #expect(settings.contains("\"/a/**\"") && settings.contains("\"/b/**\""), "\(settings)")
            let page = try await browser.get(location)
            #expect(page.text.contains("was accepted") && page.text.contains("data-live") && page.text.contains("http-equiv=\"refresh\""))
            let path = "/console/jobs/\(job)/stop"
            #expect(try await browser.get(path).text.contains("Stop this job?"))
            #expect(try await edge.client.job(String(job)).status == .pending)
            #expect(try await browser.post(path, [], from: path).status == 303)
            let after = try await browser.get("/console/jobs/\(job)")
            #expect(after.text.contains("STOPPED") && !after.text.contains("data-live"))
        }
    }

    @Test func `What a documentation says cannot run`() async throws {
        try await Edge.with { edge in
            let hostile = "<script>alert(1)</script>\n\n[a](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n# \u{202e}T"
            _ = try await edge.database.query(
                """
                update portolan.section set content = \(hostile), title = '<b onclick=x>"T', url = 'javascript:alert(1)',
                  heading_path = array['<script>', 'x'] where path = '/tutorial'
                """)
            _ = try await edge.database.query("update portolan.documentation set title = '<script>alert(2)</script>'")
            let browser = Browser(edge)
            _ = try await browser.signIn()
            for path in [
                "/", "/console/documentation/\(edge.guide)?path=/tutorial", "/console/search?q=tutorial", "/console/search?q=%3Cscript%3E",
                "/console/search?q=it&library=%22%3E%3Cscript%3E", "/console/jobs", "/console/sources", "/console/nothing",
            ] {
                let text = try await browser.get(path).text
                // The one script of ours has an address.
                #expect(!text.contains("<script>") && !text.contains("<b onclick") && !text.contains("<img src=x"), "\(path)")
                #expect(!text.contains("href=\"javascript:") && !text.contains("\u{202e}"), "\(path)")
            }
        }
    }

    @Test func `The search shows what the agent's tool says`() async throws {
        try await Edge.with { edge in
            let browser = Browser(edge)
            _ = try await browser.signIn()
            let page = try await browser.get("/console/search?q=installation&limit=3&max_tokens=1000").text
            let agent = try await Agent(edge: edge).call(
                "search_documentation", ["query": "installation", "limit": 3, "max_tokens": 1000])
            let url = try #require(agent["result"]?["structuredContent"]?["results"]?[0]?["url"]?.stringValue)
            let lines = agent.toolText.split(separator: "\n").filter { $0.hasPrefix("Section: ") }
            #expect(page.contains(url) && !lines.isEmpty && lines.allSatisfy { page.contains($0) })
            #expect(page.contains("<meter min=\"0\" max=\"1000\"") && page.contains("bm25 #1"))
            let unknown = try await browser.get("/console/search?q=installation&library=none")
            #expect(unknown.status == 200 && unknown.text.contains("role=\"alert\""))
        }
    }

    @Test func `Assets are kept by browsers and need no token`() async throws {
        try await Edge.with { edge in
            for asset in [ConsoleAssets.style, ConsoleAssets.script, ConsoleAssets.icon] {
                let reply = try await edge.send("GET", asset.path, token: nil)
                #expect(reply.status == 200 && reply.headers["Cache-Control"]?.contains("immutable") == true && reply.text == asset.text)
            }
            #expect(try await edge.send("GET", "/console/assets/other", token: nil).status == 404)
        }
    }

    @Test func `Where nobody is asked for a token, nobody signs in`() async throws {
        var options = Edge.Options()
        options.authenticator = OpenAccess()
        try await Edge.with(options) { edge in
            let browser = Browser(edge)
            let page = try await browser.get("/")
            #expect(page.status == 200 && page.text.contains("Ingest a documentation") && !page.text.contains("Sign out"))
            let source = try #require(try await edge.client.sources().items.first?.id)
            let path = "/console/sources/\(source)/pause"
            #expect(try await browser.post(path, [("paused", "true")], from: "/console/sources").status == 303)
            let foreign = try await browser.post(path, [("paused", "false")], from: nil, ["Origin": "https://evil.example.com"])
            #expect(foreign.status == 403)
        }
    }
}

@Suite struct `Sessions` {
    private static let key = [UInt8](repeating: 7, count: 32)

    private static func head(_ cookie: String) -> HTTPRequest {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/")
        head.headerFields[.cookie] = "other=1; " + cookie.prefix { $0 != ";" }
        return head
    }

    @Test func `A session holds its token until it ends`() async throws {
        let clock = Locked(Date(timeIntervalSince1970: 1_000_000))
        let sessions = ConsoleSessions(isSecure: true, now: { clock.withLock { $0 } }, secret: { Self.key })
        let cookie = try #require(try await sessions.signIn(Redacted("the-token")))
        #expect(cookie.contains("; Secure") && !cookie.contains("the-token"))
        let session = try #require(try await sessions.session(Self.head(cookie)))
        #expect(session.token.reveal() == "the-token" && session.formToken.count == 32)
        let again = try #require(try await sessions.signIn(Redacted("the-token")))
        let second = try await sessions.session(Self.head(again))
        #expect(again != cookie && second?.formToken != session.formToken)
        clock.withLock { $0 = $0.addingTimeInterval(12 * 3600 + 1) }
        #expect(try await sessions.session(Self.head(cookie)) == nil)
    }

    @Test(arguments: ["portolan_session=", "portolan_session=zz", "portolan_session=00", "x=y", ""])
    func `Anything else is none`(cookie: String) async throws {
        let sessions = ConsoleSessions(isSecure: false, secret: { Self.key })
        #expect(try await sessions.session(Self.head(cookie)) == nil)
        let others = ConsoleSessions(isSecure: false, secret: { [UInt8](repeating: 8, count: 32) })
        #expect(try await sessions.session(Self.head(try #require(try await others.signIn(Redacted("t"))))) == nil)
    }

    @Test func `A cookie is as long as browsers keep it, or there is none`() async throws {
        let sessions = ConsoleSessions(isSecure: true, secret: { Self.key })
        var longest = 0
        for length in 2000...4096 {
            guard let cookie = try await sessions.signIn(Redacted(String(repeating: "x", count: length))) else { continue }
            #expect(cookie.utf8.count <= 4096 && length == max(2000, longest + 1))
            longest = length
            if length % 100 == 0 {
                #expect(try await sessions.session(Self.head(cookie))?.token.reveal().utf8.count == length)
            }
        }
        #expect((2900...4000).contains(longest))
    }
}
