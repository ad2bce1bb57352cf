import Domain
import EmbeddedServices
import FoundationEssentials
import Ingestion
import Logging
import Models
import Resilience
import Retrieval
import Storage
import TestSupport
import Testing

/// The regression gate of ranking: real pages, the product's model, questions with the sections that answer them.
@Suite struct `Golden questions` {
    /// Pages of a folder as a source.
    private struct Pages: DocumentSource {
        let folder: String

        static let root = "https://git.example.com/"

        func crawl(
            _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
            onPage: (PageOutcome, FetchedPage?) async throws -> Void
        ) async throws -> CrawlSummary {
            for name in GoldenQuestion.pages {
                let url = try SiteURL("\(Self.root)\(name).html")
                let body = try #require(FileManager.default.contents(atPath: "\(folder)/\(name).html"), "\(name)")
                let page = FetchedPage(
                    url: url, finalURL: url, status: 200, contentType: .html, charset: "utf-8", body: Array(body), etag: nil,
                    lastModified: nil, depth: 1, fetchedAt: Date(timeIntervalSince1970: 1_750_000_000))
                try await onPage(PageOutcome(url: url, kind: .fetched, status: 200, depth: 1), page)
            }
            return CrawlSummary(counts: [.fetched: GoldenQuestion.pages.count], isComplete: true, hitCap: false, root: plan.root)
        }
    }

    private func tool(_ name: String, having file: String) throws -> String {
        try #require(
            Executables.toolFolders().map { "\($0)/\(name)" }.first { FileManager.default.fileExists(atPath: "\($0)/\(file)") },
            "deploy/setup has not installed \(name)")
    }

    @Test func `They find their sections`() async throws {
        let folder = try tool("documentation", having: "git-add.html")
        let embedder = LocalEmbedder(modelDirectory: try tool("model", having: "model.safetensors"), lanes: 2)
        defer { embedder.shutDown() }
        try await withShelf { shelf in
            let (_, lease) = try await shelf.leased("git", root: Pages.root)
            try await IngestionPipeline(
                store: PostgresIngestionStore(shelf.client), makeSource: { _, _ in Pages(folder: folder) }, embedder: embedder
            ).run(lease, logger: Logger(label: "golden"))
            let service = shelf.service(embedder)
            var (missed, reciprocals): ([String], Double) = ([], 0)
            for question in GoldenQuestion.all {
                let answer = try await service.search(SearchQuery(text: question.text, limit: 5), access: .all)
                #expect(answer.mode == .hybrid)
                if let rank = answer.hits.firstIndex(where: { question.sections.contains($0.section.path) }) {
                    reciprocals += 1 / Double(rank + 1)
                } else {
                    missed.append("\(question.text): \(answer.hits.map(\.section.path))")
                }
            }
            let mean = reciprocals / Double(GoldenQuestion.all.count)
            // Measured: 1 missed and a mean of 0.754. What is left open is for other processors' rounding, not for a worse ranking.
            #expect(missed.count <= 2 && mean >= 0.72, "\(mean), missed \(missed)")
        }
    }
}
