import Domain
import Ontologies
import Primitives
import Processing
import Testing

@testable import Connectors

@Suite struct `The memory of a crawl` {
    private static func frontier(pages: Int, margin: Int, memory: Int = 1_000_000) throws -> CrawlFrontier {
        try CrawlFrontier(
            plan: CrawlPlan(root: SiteURL("https://h/"), depth: 3, maximumPages: pages), robots: .none, margin: margin, memory: memory)
    }

    private static func result(_ candidate: CrawlFrontier.Candidate, _ links: Range<Int>, host: String = "h") throws -> CrawlFrontier.Result
    {
        var result = CrawlFrontier.Result(
            candidate: candidate, outcome: PageOutcome(url: candidate.url, kind: .fetched, depth: candidate.depth))
        let found = try links.map { LinkResolver.Link(try SiteURL("https://\(host)/\($0)")) }
        if host == "h" { result.links.onSite = found } else { result.links.offSite = found }
        return result
    }

    @Test func `links beyond the room that is left and a margin are counted and not kept`() throws {
        var frontier = try Self.frontier(pages: 10, margin: 5)
        let next = frontier.next()
        let start = try #require(next)
        _ = frontier.commit(try Self.result(start, 0..<100))
        #expect(frontier.unlisted == 100 - 9 - 5)
        var walked = 1
        while frontier.next() != nil { walked += 1 }
        #expect(walked == 10)
        #expect(frontier.drain().map(\.reason) == Array(repeating: .cap, count: 5))
    }

    @Test func `addresses of other sites fill no memory either`() throws {
        var frontier = try Self.frontier(pages: 10, margin: 5, memory: 20)
        let next = frontier.next()
        let start = try #require(next)
        let decision = frontier.commit(try Self.result(start, 0..<100, host: "other"))
        #expect(decision.others.count == 19)
        #expect(frontier.unlisted == 0)
    }

    @Test func `a page with more links than are kept leaves its crawl incomplete`() throws {
        let resolver = LinkResolver(page: try SiteURL("https://h/"))
        #expect(!resolver.resolve(PageLinks(hrefs: ["/a"])).isIncomplete)
        #expect(resolver.resolve(PageLinks(hrefs: ["/a"], isIncomplete: true)).isIncomplete)
    }

    @Test(.timeLimit(.minutes(5))) func `terms that share a path are numbered in one pass`() throws {
        let terms = (0..<20_000).map { Term(id: "A:\($0)", iri: "https://h\($0).example/a", kind: .concept) }
        let addresses = TermAddresses(terms, root: try SiteURL("https://root.example/x")).all
        #expect(Set(addresses.map(\.trimmedPath)).count == terms.count)
        #expect(addresses.prefix(3).map(\.trimmedPath) == ["/a", "/a~2", "/a~3"])
    }

    @Test(.timeLimit(.minutes(5))) func `wide cells of a table of Confluence are bounded after they are widened`() throws {
        let location = try ConfluenceLocation(try SiteURL("https://example.atlassian.net/wiki/spaces/DOC"), options: [:])
        let page = try #require(ConfluenceID("1"))
        let targets = StorageTargets(location: location, pages: [:], page: page, space: "DOC")
        let row = "<tr>" + String(repeating: "<td colspan=\"200\">a</td>", count: 200) + "</tr>"
        let table = try XMLElement(fragment: Array("<table>\(String(repeating: row, count: 150))</table>".utf8))
        let text = StorageMarkdown(targets: targets).text(table)
        #expect(text.utf8.count < 150 * 200 * 4)
        #expect(text.split(separator: "\n").count == 152)
    }
}
