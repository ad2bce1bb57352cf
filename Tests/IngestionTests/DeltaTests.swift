import Domain
import FoundationEssentials
import Processing
import Testing

@testable import Ingestion

@Suite struct `The delta` {
    private static func draft(_ path: String, _ checksum: UInt8) -> Publication.ChangedSection {
        Publication.ChangedSection(
            pagePath: path, anchor: "", path: path, parentPath: nil, title: "", headingPath: [], level: 0, ordinal: 0, url: "",
            summary: "", content: "", tokens: 0, checksum: [checksum], chunking: "c", chunks: [])
    }

    private static func entry(_ page: String, _ checksum: UInt8, chunking: String = "c") -> PublishedState.Entry {
        PublishedState.Entry(page: page, checksum: [checksum], chunking: chunking)
    }

    struct Case: Sendable {
        let name: String
        let published: [String: PublishedState.Entry]
        let drafts: [Publication.ChangedSection]
        var drafted: Set<String> = []
        var relinked: Set<String> = []
        var untouched: Set<String> = []
        var complete = true
        let changed: [String]
        let unchanged: Int
        let deleted: [String]
    }

    static let cases: [Case] = [
        Case(name: "nothing", published: [:], drafts: [], changed: [], unchanged: 0, deleted: []),
        Case(name: "all new", published: [:], drafts: [draft("/a", 1)], drafted: ["/a"], changed: ["/a"], unchanged: 0, deleted: []),
        Case(
            name: "same", published: ["/a": entry("/a", 1)], drafts: [draft("/a", 1)], drafted: ["/a"], changed: [], unchanged: 1,
            deleted: []),
        Case(
            name: "edited", published: ["/a": entry("/a", 1)], drafts: [draft("/a", 2)], drafted: ["/a"], changed: ["/a"], unchanged: 0,
            deleted: []),
        Case(
            name: "edited around the text", published: ["/a": entry("/a", 1)], drafts: [draft("/a", 2)], drafted: ["/a"],
            relinked: ["/a"], changed: [], unchanged: 1, deleted: []),
        Case(
            name: "cut otherwise", published: ["/a": entry("/a", 1, chunking: "old")], drafts: [draft("/a", 1)], drafted: ["/a"],
            changed: ["/a"], unchanged: 0, deleted: []),
        Case(
            name: "section gone from its page", published: ["/a": entry("/a", 1), "/a#x": entry("/a", 2)], drafts: [draft("/a", 1)],
            drafted: ["/a"], complete: false, changed: [], unchanged: 1, deleted: ["/a#x"]),
        Case(
            name: "page gone", published: ["/b": entry("/b", 1), "/a": entry("/a", 1)], drafts: [], changed: [], unchanged: 0,
            deleted: ["/a", "/b"]),
        Case(
            name: "page not seen by a partial crawl", published: ["/a": entry("/a", 1)], drafts: [], complete: false, changed: [],
            unchanged: 0, deleted: []),
        Case(
            name: "page as it was", published: ["/a": entry("/a", 1), "/a#x": entry("/a", 2)], drafts: [], untouched: ["/a"], changed: [],
            unchanged: 2, deleted: []),
    ]

    @Test(arguments: cases.indices)
    func `It follows from what is published and what was found`(_ index: Int) {
        let item = Self.cases[index]
        let delta = SectionDelta(
            published: item.published, drafts: item.drafts, draftedPages: item.drafted, relinkedPages: item.relinked,
            untouchedPages: item.untouched,
            complete: item.complete, chunking: "c")
        #expect(delta.changed.map(\.path) == item.changed, "\(item.name)")
        #expect(delta.unchanged == item.unchanged, "\(item.name)")
        #expect(Set(delta.reread.map(\.path)) == Set(item.drafts.map(\.path)).subtracting(item.changed), "\(item.name)")
        #expect(delta.deleted == item.deleted, "\(item.name)")
    }
}

@Suite struct `What a crawl says` {
    private func record(
        _ path: String?, _ kind: PageOutcome.Kind, query: String = "", content: [UInt8]? = nil, checksum: [UInt8]? = nil,
        title: String? = nil
    ) throws -> CrawlRecord {
        let outcome = PageOutcome(url: try SiteURL("https://docs.example.com\(path ?? "/none")\(query)"), kind: kind, depth: 0)
        return CrawlRecord(outcome: outcome, path: path, title: title, content: content, textChecksum: checksum)
    }

    @Test func `Pages are staged, untouched or neither`() throws {
        let view = CrawlView(
            [
                try record("/new", .fetched, content: [1], checksum: [1], title: "New"), try record("/same", .fetched, checksum: [2]),
                try record("/304", .notModified), try record("/down", .failed), try record("/gone", .gone), try record(nil, .skipped),
                try record("/noindex", .fetched),
            ], storedPages: [:], now: Date())
        #expect(view.staged == ["/new"] && view.untouched == ["/same", "/304", "/down"])
        #expect(view.seen == ["/new", "/same", "/304", "/down"])
        #expect(Set(view.changedPages.keys) == ["/new", "/same"])
        #expect(view.rootTitle("https://docs.example.com/new/") == "New")
    }

    @Test func `What was fetched counts more than a failure at another address of the page`() throws {
        let view = CrawlView(
            [
                try record("/a", .failed, query: "?1"), try record("/a", .fetched, content: [1], checksum: [1]),
                try record("/a", .fetched, query: "?2", content: [2], checksum: [2]),
            ], storedPages: [:], now: Date())
        #expect(view.staged == ["/a"] && view.untouched == [] && view.changedPages["/a"]?.textChecksum == [1])
    }

    @Test func `The same facts again need no write`() throws {
        let fetched = try record("/a", .fetched, checksum: [1], title: "A")
        let page = StoredPage(
            url: "https://docs.example.com/a", title: "A", etag: nil, lastModified: nil, textChecksum: [1], contentChecksum: [], links: [])
        #expect(CrawlView([fetched], storedPages: ["/a": page], now: Date()).changedPages.isEmpty)
        var other = page
        other.etag = "\"x\""
        #expect(CrawlView([fetched], storedPages: ["/a": other], now: Date()).changedPages.count == 1)
    }
}

@Suite struct `Term weights` {
    @Test func `They saturate, and a longer chunk counts less`() {
        let weights = TermWeights()
        let short = weights.weights(frequencies: [1: 1, 2: 10])
        let long = weights.weights(frequencies: [1: 1, 2: 10, 3: 500])
        #expect(short.values.allSatisfy { $0 > 0 && $0 < 2.2 })
        #expect(short[2, default: 0] > short[1, default: 0] && short[2, default: 0] < 10 * short[1, default: 0])
        #expect(long[1, default: 0] < short[1, default: 0])
        #expect(weights.weights(frequencies: [:]).isEmpty)
    }

    @Test func `A chunk of average length has the formula's weight`() {
        let weights = TermWeights(k1: 1.2, b: 0.4, averageLength: 10).weights(frequencies: [1: 2, 2: 8])
        #expect(abs(weights[1, default: 0] - 2 * 2.2 / 3.2) < 0.0001)
    }
}

@Suite struct `Pages of a crawl` {
    private func page(_ html: String, at path: String = "/a") throws -> FetchedPage {
        let url = try SiteURL("https://docs.example.com\(path)")
        return FetchedPage(
            url: url, finalURL: url, status: 200, contentType: .html, charset: nil, body: Array(html.utf8), etag: nil, lastModified: nil,
            depth: 0, fetchedAt: Date(timeIntervalSince1970: 0))
    }

    private func crawled(_ stored: [String: StoredPage] = [:], stale: Set<String> = [], room: Int = 1 << 20) -> CrawledPages {
        CrawledPages(stored: stored, stale: stale, chunking: Chunking(embedder: nil), weights: TermWeights(), room: room)
    }

    private func stored(_ page: CrawledPages.Page) -> StoredPage {
        StoredPage(
            url: "https://docs.example.com/a", title: page.title, etag: nil, lastModified: nil, textChecksum: page.textChecksum,
            contentChecksum: page.contentChecksum, links: [])
    }

    @Test func `A page is staged and read back as it was`() throws {
        let pages = crawled()
        let fetched = try page(Site.page("T", sections: ["one"]).html + "<a href=\"/b\">b</a>")
        #expect(pages.links(of: fetched).hrefs == ["https://docs.example.com/b"])
        let read = try #require(pages.take(fetched, path: "/a"))
        let staged = try #require(read.staged)
        let content = try #require(PageContent(serialized: staged))
        #expect(content.serialized() == staged && content.title == "T" && content.textChecksum == read.textChecksum)
        #expect(PageContent(serialized: Array(staged.dropLast())) == nil)
        #expect(pages.take(fetched, path: "/a")?.staged == staged)
        let cut = Chunking(embedder: nil).cut(content, boilerplate: [], weights: TermWeights())
        #expect(pages.cutPages().mapValues(\.sections.count) == ["/a": cut.sections.count])
    }

    @Test func `Only a page that differs from what is published is staged, or one that is stale`() throws {
        let fetched = try page("<body><p>one <a href=\"/b\">two</a></p></body>")
        let first = try #require(crawled().take(fetched, path: "/a"))
        #expect(crawled(["/a": stored(first)]).take(fetched, path: "/a")?.staged == nil)
        #expect(crawled(["/a": stored(first)], stale: ["/a"]).take(fetched, path: "/a")?.staged != nil)
        let relinked = try #require(crawled(["/a": stored(first)]).take(page("<body><p>one <a href=\"/c\">two</a></p></body>"), path: "/a"))
        #expect(relinked.staged != nil && relinked.textChecksum == first.textChecksum)
        #expect(relinked.contentChecksum != first.contentChecksum)
    }

    @Test func `What finds no room is staged alone`() throws {
        let pages = crawled(room: 10)
        #expect(try pages.take(page("<body><p>one two three</p></body>"), path: "/a")?.staged != nil)
        #expect(pages.cutPages().isEmpty)
    }

    @Test func `A page that was cut by another boilerplate is cut again`() throws {
        let content = try #require(
            try crawled().take(page("<body><main><p>x</p><p><a href=\"/b\">up and away</a></p></main></body>"), path: "/a")?.staged
                .flatMap { PageContent(serialized: $0) })
        let navigation = try #require(content.fingerprints.first)
        let cut = Chunking(embedder: nil).cut(content, boilerplate: [navigation, 7], weights: TermWeights())
        #expect(cut.holds(for: [navigation]) && !cut.holds(for: [7]))
        #expect(cut.sections.map(\.content) == ["x"])
    }

    @Test func `Links are not followed where the page asks for that`() throws {
        let html = "<html><head><meta name=\"robots\" content=\"nofollow\"></head><body><p>x <a href=\"/b\">b</a></p></body></html>"
        #expect(crawled().links(of: try page(html)).hrefs == [])
    }
}
