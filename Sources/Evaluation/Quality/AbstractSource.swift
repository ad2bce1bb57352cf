import Domain
import FoundationEssentials

/// A collection of short texts as a source of documents: each text is a page.
struct AbstractSource: DocumentSource {
    /// A title and a text under an identifier.
    struct Entry: Sendable, Decodable {
        let _id: String, title: String, text: String
    }

    let entries: [Entry]

    /// The address under which the pages are filed; nothing is fetched from it.
    static let root = "http://collection.invalid/"

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        for entry in entries {
            let url = try SiteURL(Self.root + entry._id)
            let body = Array("# \(entry.title)\n\n\(entry.text)\n".utf8)
            let page = FetchedPage(
                url: url, finalURL: url, status: 200, contentType: .markdown, charset: "utf-8", body: body, etag: nil, lastModified: nil,
                depth: 1, fetchedAt: Date())
            try await onPage(PageOutcome(url: url, kind: .fetched, depth: 1), page)
        }
        return CrawlSummary(counts: [.fetched: entries.count], isComplete: true, hitCap: false, root: plan.root)
    }
}
