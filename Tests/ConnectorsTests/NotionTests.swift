import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

/// A workspace on loopback, and a walk of it.
struct NotionWorkspace {
    /// Runs `body` against a workspace whose token is mounted.
    static func with<Result>(
        _ notion: NotionStandIn = sample(), token: String = "ntn_test", location: String = "https://www.notion.so/",
        timing: CrawlTiming = .immediate, _ body: (NotionStandIn, ProviderWalk, LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        try await LoopbackHTTPServer.withServer {
            notion.respond(to: $0)
        } body: { server in
            try await ProviderWalk.withCredential("notion", token, origin: server.url) { credentials in
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let connector = NotionConnector(
                    fetcher: fetcher, policy: ProviderWalk.policy, gates: GateRegistry(), credentials: credentials,
                    timing: timing)
                let walk = ProviderWalk(
                    connector: connector, location: location, options: ["api_url": server.url, "credential": "notion"])
                return try await body(notion, walk, server)
            }
        }
    }

    /// Three pages, the third below the second.
    static func sample() -> NotionStandIn {
        let notion = NotionStandIn()
        notion.save(page: 1, title: "Home", blocks: NotionStandIn.block(100, "paragraph", text: "Welcome"))
        notion.save(page: 2, title: "Guide", blocks: NotionStandIn.block(3, "child_page", #""title":"Details""#))
        notion.save(
            page: 3, title: "Details", parent: NotionStandIn.parent(page: 2), blocks: NotionStandIn.block(102, "paragraph", text: "More"))
        return notion
    }

    /// Path of a page.
    static func path(_ number: Int) -> String { "/" + NotionStandIn.id(number).filter { $0 != "-" } }
}

@Suite struct `Workspaces of Notion` {
    private func text(_ report: CrawlReport, _ number: Int) -> String? {
        report.pages.first { $0.url.path == NotionWorkspace.path(number) }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    @Test func `every page that is shared is read as Markdown under an address without its title`() async throws {
        try await NotionWorkspace.with { _, walk, server in
            let report = try await walk.run()
            #expect(report.read == [1, 2, 3].map(NotionWorkspace.path))
            #expect(report.pages.allSatisfy { $0.url.host.text == "www.notion.so" && $0.contentType == .markdown })
            #expect(text(report, 1) == "# Home\n\nWelcome\n")
            #expect(text(report, 2) == "# Guide\n\n[Details](<https://www.notion.so\(NotionWorkspace.path(3))>)\n")
            #expect(report.summary?.isComplete == true)
            #expect(server.requests.allSatisfy { $0["notion-version"] == "2025-09-03" })
        }
    }

    @Test func `what was created, edited and deleted is what a second walk reads`() async throws {
        try await NotionWorkspace.with { notion, walk, server in
            let first = try await walk.run()
            let known = ProviderWalk.known(after: first)
            let before = try await walk.cursor()
            let unchanged = try await walk.run(known: known)
            #expect(unchanged.summary?.counts == [.notModified: 3])
            notion.save(page: 1, title: "Start", blocks: NotionStandIn.block(100, "paragraph", text: "Hello"))
            notion.save(page: 4, title: "New")
            notion.trash(2)
            let requests = server.requests.count
            let second = try await walk.run(known: known)
            #expect(second.read == [1, 4].map(NotionWorkspace.path))
            #expect(text(second, 1) == "# Start\n\nHello\n")
            #expect(text(second, 4) == "# New\n")
            #expect(second.summary?.counts == [.fetched: 2, .notModified: 1])
            #expect(second.summary?.isComplete == true)
            #expect(second.outcome(NotionWorkspace.path(2)) == nil)
            #expect(server.requests.dropFirst(requests).count { $0.path.hasSuffix("/children") } == 2)
            let after = try await walk.cursor()
            #expect(before != after)
            let again = try await walk.cursor()
            #expect(after == again)
        }
    }

    @Test func `lists come in pages, of search, of blocks and of rows`() async throws {
        let notion = NotionStandIn()
        let blocks = (0..<7).map { NotionStandIn.block(200 + $0, "paragraph", text: "Line \($0)") }.joined(separator: ",")
        notion.save(page: 1, title: "Home", blocks: blocks)
        notion.save(dataSource: 10, title: "Table", parentPage: 1)
        for row in 20..<26 { notion.save(page: row, title: "Row \(row)", parent: NotionStandIn.parent(dataSource: 10)) }
        notion.behave { $0.pageSize = 3 }
        try await NotionWorkspace.with(notion) { _, walk, server in
            let report = try await walk.run()
            #expect(report.pages.count == 8)
            #expect(text(report, 1)?.hasSuffix("Line 5\n\nLine 6\n") == true)
            #expect(text(report, 11)?.split(separator: "\n").count == 9)
            #expect(server.requests.count { $0.path == "/v1/search" } == 4)
            #expect(server.requests.count { $0.path.hasSuffix("/query") } == 2)
            #expect(server.requests.count { $0.path.contains(NotionStandIn.id(1)) } == 3)
        }
    }

    @Test func `a data source is a page with its rows, and changes with them`() async throws {
        let notion = NotionStandIn()
        notion.save(page: 1, title: "Home")
        notion.save(
            dataSource: 10, title: "Releases", parentPage: 1,
            properties: #","Stage":{"id":"a","name":"Stage","type":"select","select":{"options":[{"name":"beta"}]}}"#)
        let properties =
            #","Stage":{"id":"a","type":"select","select":{"id":"1","name":"beta","color":"blue"}},"Count":{"id":"b","type":"number","number":3},"#
            + #""When":{"id":"c","type":"date","date":{"start":"2024-01-01","end":null,"time_zone":null}},"Empty":{"id":"d","type":"rich_text","rich_text":[]},"#
            + #""Done":{"id":"e","type":"checkbox","checkbox":true},"Odd":{"id":"f","type":"later","later":{"x":[1]}}"#
        notion.save(page: 20, title: "1.0 | final", parent: NotionStandIn.parent(dataSource: 10), properties: properties)
        try await NotionWorkspace.with(notion) { notion, walk, _ in
            let report = try await walk.run()
            let row = "https://www.notion.so\(NotionWorkspace.path(20))"
            #expect(text(report, 11) == "# Releases\n\n| Title | Stage |\n| --- | --- |\n| [1.0 \\| final](<\(row)>) | beta |\n")
            #expect(text(report, 20) == "# 1.0 \\| final\n\n- **Count:** 3\n- **Done:** yes\n- **Stage:** beta\n- **When:** 2024-01-01\n")
            let known = ProviderWalk.known(after: report)
            notion.save(page: 21, title: "2.0", parent: NotionStandIn.parent(dataSource: 10))
            let second = try await walk.run(known: known)
            #expect(Set(second.read) == [NotionWorkspace.path(11), NotionWorkspace.path(21)])
            notion.trash(20)
            let third = try await walk.run(known: ProviderWalk.known(after: second, known))
            #expect(third.read == [NotionWorkspace.path(11)])
            #expect(text(third, 11)?.contains("1.0") == false)
        }
    }

    @Test func `a root page has its tree alone, through blocks and data sources`() async throws {
        let notion = NotionWorkspace.sample()
        notion.save(page: 5, title: "In a column", parent: NotionStandIn.parent(block: 300))
        notion.save(page: 2, title: "Guide", blocks: NotionStandIn.block(300, "column", ""))
        notion.save(dataSource: 10, title: "Table", parentPage: 3)
        notion.save(page: 20, title: "Row", parent: NotionStandIn.parent(dataSource: 10))
        notion.save(page: 6, title: "Elsewhere", parent: NotionStandIn.parent(page: 1))
        let root = NotionStandIn.id(2).filter { $0 != "-" }
        try await NotionWorkspace.with(notion, location: "https://www.notion.so/team/Guide-\(root)?pvs=4") { _, walk, _ in
            let report = try await walk.run()
            #expect(Set(report.read) == Set([2, 3, 5, 11, 20].map(NotionWorkspace.path)))
        }
    }

    @Test func `an edit of the last minutes is read again, because the next one may look the same`() async throws {
        try await NotionWorkspace.with { notion, walk, _ in
            notion.set(edited: Date().formatted(.iso8601).prefix(16) + ":00.000Z", of: 1)
            let first = try await walk.run()
            var known = ProviderWalk.known(after: first)
            #expect(known[NotionWorkspace.path(1)]?.etag?.contains("~") == true)
            notion.set(edited: "2024-05-20T10:00:00.000Z", of: 1)
            let second = try await walk.run(known: known)
            #expect(second.read == [NotionWorkspace.path(1)])
            known = ProviderWalk.known(after: second, known)
            let third = try await walk.run(known: known)
            #expect(third.summary?.counts == [.notModified: 3])
        }
    }

    @Test func `a page that was edited while the list was read is not taken for deleted`() async throws {
        let notion = NotionStandIn()
        for page in 1...6 { notion.save(page: page, title: "Page \(page)") }
        notion.behave { $0.pageSize = 2 }
        let searches = Locked(0)
        try await LoopbackHTTPServer.withServer { request in
            let response = notion.respond(to: request)
            // After the first answer the oldest page moves to the front.
            if request.path == "/v1/search",
                searches.withLock({
                    $0 += 1
                    return $0
                }) == 1
            {
                notion.save(page: 1, title: "Page 1, again")
            }
            return response
        } body: { server in
            try await ProviderWalk.withCredential("notion", "ntn_test", origin: server.url) { credentials in
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let connector = NotionConnector(
                    fetcher: fetcher, policy: ProviderWalk.policy, gates: GateRegistry(), credentials: credentials, timing: .immediate)
                let walk = ProviderWalk(
                    connector: connector, location: "https://www.notion.so/", options: ["api_url": server.url, "credential": "notion"])
                let report = try await walk.run()
                #expect(report.read == (1...6).map(NotionWorkspace.path))
            }
        }
    }

    @Test func `requests keep Notion's pace`() async throws {
        let (pauses, start) = (Locked<[Duration]>([]), ContinuousClock.now)
        let still = CrawlTiming(now: { start }, sleep: { pause in pauses.withLock { $0.append(pause) } })
        try await NotionWorkspace.with(timing: still) { _, walk, server in
            _ = try await walk.run()
            let waited = pauses.withLock { $0.sorted() }
            #expect(waited == (1..<server.requests.count).map { .milliseconds(334) * $0 })
        }
    }
}
