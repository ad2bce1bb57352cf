import Domain
import FoundationEssentials
import Primitives
import TestSupport
import Testing

/// A real documentation set served on loopback: its pages name the public host, its navigation is on every page.
@Suite struct `Crawling a real documentation site` {
    @Test(.enabled(if: TestData.directory != nil))
    func `every page of the sitemap is reached, and nothing else`() async throws {
        let data = try #require(TestData.directory)
        try await withTemporaryDirectory { folder in
            try await RealSite.unpack("\(data)/docs/fastapi-docs-0.141.1-html.tar.xz", into: folder)
            let site = StaticSite(folder: "\(folder)/fastapi-docs-0.141.1")
            try await LoopbackHTTPServer.withServer {
                site.respond(to: $0)
            } body: { server in
                let report = try await server.crawl(depth: 10)
                #expect(report.pages.count == 151)
                #expect(Set(report.read).count == 151)
                // Three links of one page, two of which differ in the slash at their end alone.
                #expect(report.outcomes.filter { $0.kind == .gone }.map(\.url.path) == ["/quickstart/", "/advanced/clients/"])
                #expect(report.outcomes.allSatisfy { $0.kind != .failed })
                #expect(report.summary?.isComplete == true)

                let known = Dictionary(
                    uniqueKeysWithValues: report.pages.map { page in
                        (page.url.path, KnownPage(etag: page.etag, links: report.outcome(page.url.path)?.links ?? []))
                    })
                let second = try await server.crawl(depth: 10, known: known)
                #expect(second.summary?.counts[.notModified] == 151)
                #expect(second.pages.isEmpty)
            }
        }
    }
}
