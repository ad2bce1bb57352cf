import Connectors
import Domain
import FoundationEssentials
import Primitives
import TestSupport
import Testing

@Suite struct `Spaces of Confluence` {
    private func text(_ report: CrawlReport, _ path: String) -> String? {
        report.pages.first { $0.url.path == path }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    private func contents(_ requests: some Sequence<HTTPServerRequest>) -> Int { requests.count { $0.target.contains("body") } }

    @Test(arguments: ConfluenceSite.editions)
    func `every published page is read as Markdown, with its labels and files`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition) { site, walk, server in
            site.label(102, ["setup", "linux", "my:private"])
            site.attach(102, ["plan (final).pdf", "a.pdf"])
            site.save(104, title: "Draft")
            site.set("draft", 104)
            let report = try await walk.run()
            let paths = [101, 102, 103].map { ConfluenceSite.path(edition, $0) }
            #expect(report.read == paths)
            #expect(report.pages.allSatisfy { $0.contentType == .markdown })
            #expect(report.pages.map(\.tags) == [[], ["linux", "setup"], []])
            let base = edition == .cloud ? "https://example.atlassian.net" : "https://confluence.example.org"
            let guide = base + paths[1]
            #expect(text(report, paths[0]) == "# Home\n\nWelcome, see [the guide](<\(guide)>).\n")
            let files = base + site.context + "/download/attachments/102"
            #expect(
                text(report, paths[1])
                    == "# Guide\n\n- **Labels:** linux, setup\n\n## Install\n\nRun it.\n\n## Attachments\n\n"
                    + "- [a.pdf](<\(files)/a.pdf>) (application/pdf, 2 KiB)\n"
                    + "- [plan (final).pdf](<\(files)/plan%20%28final%29.pdf>) (application/pdf, 2 KiB)\n")
            #expect(report.summary?.isComplete == true)
            #expect(contents(server.requests) == 3)
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `what was created, edited, renamed, moved and trashed is what a second walk reads`(edition: ConfluenceStandIn.Edition) async throws
    {
        try await ConfluenceSite.with(edition, spaces: ["DOC", "OPS"]) { site, walk, server in
            site.save(105, title: "To be archived")
            site.save(106, title: "To be moved")
            site.save(107, title: "To be removed")
            let first = try await walk.run()
            let known = ProviderWalk.known(after: first)
            let before = try await walk.cursor()
            site.save(101, title: "Start", "<p>Hello</p>")
            site.save(104, title: "New")
            site.set("trashed", 103)
            site.set("archived", 105)
            site.move(106, to: "OPS")
            site.remove(107)
            let requests = server.requests.count
            let second = try await walk.run(known: known)
            #expect(second.read == [101, 104].map { ConfluenceSite.path(edition, $0) })
            #expect(text(second, ConfluenceSite.path(edition, 101)) == "# Start\n\nHello\n")
            #expect(second.summary?.counts == [.fetched: 2, .notModified: 1])
            #expect(second.summary?.isComplete == true)
            #expect([103, 105, 106, 107].allSatisfy { second.outcome(ConfluenceSite.path(edition, $0)) == nil })
            #expect(contents(server.requests.dropFirst(requests)) == 2)
            let after = try await walk.cursor()
            #expect(before != after)
            let again = try await walk.cursor()
            #expect(after == again)
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `an unchanged space costs one listing and no page`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition) { site, walk, server in
            let known = ProviderWalk.known(after: try await walk.run())
            let requests = server.requests.count
            let report = try await walk.run(known: known)
            #expect(report.summary?.counts == [.notModified: 3])
            // The space's number, or that it is there, and the list.
            #expect(server.requests.count == requests + 2)
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `a page that is removed shows in the cursor though nothing was edited`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition) { site, walk, _ in
            let before = try await walk.cursor()
            site.set("trashed", 103)
            let after = try await walk.cursor()
            #expect(before != after)
            site.set("current", 103)
            let restored = try await walk.cursor()
            #expect(before == restored)
        }
    }

    @Test(arguments: ConfluenceSite.editions, [true, false])
    func `lists come in pages, of pages, labels and files`(edition: ConfluenceStandIn.Edition, inHeader: Bool) async throws {
        try await ConfluenceSite.with(edition, fill: { _ in }) { site, walk, server in
            for number in 101...107 { site.save(number, title: "Page \(number)") }
            site.label(104, ["a", "b", "c", "d", "e"])
            site.attach(104, ["1.pdf", "2.pdf", "3.pdf", "4.pdf"])
            site.behave { ($0.pageSize, $0.linksInHeader, $0.sendsLabels) = (3, inHeader && edition == .cloud, false) }
            let report = try await walk.run()
            #expect(report.read == (101...107).map { ConfluenceSite.path(edition, $0) })
            let page = text(report, ConfluenceSite.path(edition, 104))
            #expect(page?.contains("**Labels:** a, b, c, d, e\n") == true)
            #expect(page?.contains("4.pdf") == true)
            #expect(server.requests.count { $0.target.contains("status=current") } == 3)
        }
    }

    @Test func `in Data Center a list whose pages are removed meanwhile is read again from its start`() async throws {
        let lists = Locked(0)
        let fill: (ConfluenceStandIn) -> Void = { site in
            for number in 101...107 { site.save(number, title: "Page \(number)") }
            site.behave { $0.pageSize = 3 }
        }
        // After the second answer what the list began with is gone, and everything behind moves up.
        let after: @Sendable (HTTPServerRequest, ConfluenceStandIn) -> Void = { request, site in
            let isFirst =
                request.target.contains("start=2")
                && lists.withLock {
                    $0 += 1
                    return $0 == 1
                }
            if isFirst { site.set("trashed", 101) }
        }
        try await ConfluenceSite.with(.dataCenter, fill: fill, after: after) { _, walk, _ in
            let report = try await walk.run()
            #expect(report.read == (102...107).map { ConfluenceSite.path(.dataCenter, $0) })
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `a site without a space has the pages of all spaces`(edition: ConfluenceStandIn.Edition) async throws {
        try await ConfluenceSite.with(edition, spaces: ["DOC", "OPS"], space: nil) { site, walk, _ in
            site.save(105, title: "Guide", "<p>Run the other one.</p>", space: "OPS")
            let report = try await walk.run()
            #expect(
                Set(report.read)
                    == Set([101, 102, 103].map { ConfluenceSite.path(edition, $0) } + [ConfluenceSite.path(edition, 105, space: "OPS")]))
        }
    }

    @Test(arguments: ConfluenceSite.editions)
    func `a new label makes a page be read again in Data Center, where the list tells labels`(edition: ConfluenceStandIn.Edition)
        async throws
    {
        try await ConfluenceSite.with(edition) { site, walk, _ in
            let known = ProviderWalk.known(after: try await walk.run())
            site.label(102, ["fresh"])
            let report = try await walk.run(known: known)
            #expect(report.read.count == (edition == .cloud ? 0 : 1))
        }
    }

    @Test(.enabled(if: TestData.isExpected))
    func `the published answers are understood`() async throws {
        let file = try TestData.path("payloads/confluence/v2-mock-responses.json")
        let all = try JSONDecoder().decode([String: Answer].self, from: try #require(FileManager.default.contents(atPath: file)))
        func body(_ name: String) throws -> HTTPServerResponse { .bytes(Array(try #require(all[name]).text.utf8)) }
        let answers = [
            ("/api/v2/spaces?", try body("SPACES_RESULT")), ("/spaces/789012/pages", try body("PAGE_RESULT_LIST")),
            ("cursor=next-page-token", try body("CHILD_PAGES_RESULT")), ("/pages/123456?", try body("PAGE_MOCK")),
            ("/pages/123456/labels?", try body("LABELS_RESULT")), ("cursor=next-page-token", .json(#"{"results":[]}"#)),
            ("/pages/123456/attachments", .json(#"{"results":[]}"#)),
        ]
        try await ConfluenceSite.with(.cloud, space: "TESTSPACE") { site, walk, _ in
            site.behave { $0.instead = answers.map { (path: $0.0, response: $0.1) } }
            var walk = walk
            walk.change = { $0.concurrency = 1 }
            let report = try await walk.run()
            let page = text(report, "/wiki/spaces/TESTSPACE/pages/123456")
            #expect(page == "# Test Page\n\n- **Labels:** another-label, test-label\n\nThis is a test page content.\n")
            #expect(report.outcomes.map(\.url.path).contains("/wiki/spaces/TESTSPACE/pages/234567"))
        }
    }

    /// Any JSON, as text.
    private struct Answer: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer().decode(JSON.self)
            text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        }
    }

    private indirect enum JSON: Codable {
        case object([String: JSON]), array([JSON]), text(String), number(Double), flag(Bool), nothing

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .nothing
            } else if let value = try? container.decode(Bool.self) {
                self = .flag(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([JSON].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: JSON].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .object(let value): try container.encode(value)
            case .array(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .flag(let value): try container.encode(value)
            case .nothing: try container.encodeNil()
            }
        }
    }
}
