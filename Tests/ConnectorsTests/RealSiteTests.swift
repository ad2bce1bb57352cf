import Domain
import FoundationEssentials
import Primitives
import TestSupport
import Testing

/// A real documentation set served on loopback: its pages may name the public host, its navigation is on every page.
@Suite struct `Crawling a real documentation site` {
    @Test func `every linked page is reached, and nothing else`() async throws {
        try await withTemporaryDirectory { folder in
            let real = try await RealSite.prepare(in: folder)
            let site = StaticSite(folder: real.folder)
            try await LoopbackHTTPServer.withServer {
                site.respond(to: $0)
            } body: { server in
                let report = try await server.crawl(depth: 10)
                #expect(report.pages.count == real.count)
                #expect(Set(report.read).count == real.count)
                if let pages = real.pages { #expect(Set(report.pages.map(\.url.path)) == pages) }
                #expect(report.outcomes.filter { $0.kind == .gone }.map(\.url.path) == real.gone)
                #expect(report.outcomes.allSatisfy { $0.kind != .failed })
                #expect(report.summary?.isComplete == true)

                let known = Dictionary(
                    uniqueKeysWithValues: report.pages.map { page in
                        (page.url.path, KnownPage(etag: page.etag, links: report.outcome(page.url.path)?.links ?? []))
                    })
                let second = try await server.crawl(depth: 10, known: known)
                #expect(second.summary?.counts[.notModified] == real.count)
                #expect(second.pages.isEmpty)
            }
        }
    }
}
