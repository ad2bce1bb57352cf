import Domain
import FoundationEssentials
import Primitives

/// The pages and data sources of a workspace as Markdown pages: those with another time of their last edit are read.
struct NotionSource: DocumentSource {
    let location: NotionLocation
    let access: ProviderAccess
    let transport: ProviderTransport
    let extractLinks: LinkExtractor

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let api = NotionAPI(access: access, limits: plan.limits, transport: transport)
        var listing = NotionListing(api, root: location.root)
        let entries = try await listing.read(now: Date())
        let limit = plan.limits.pageSize
        let walk = ListingWalk(plan: plan, visited: visited, known: known, extractLinks: extractLinks) { index in
            let body = Array(try await Self.text(entries[index].item, api).utf8)
            guard body.count <= limit.bytes else {
                throw PageFailure(
                    .failed, .tooLarge, code: "E_FILE_SIZE", "The page has \(body.count) bytes.", limit: "\(limit.bytes) bytes")
            }
            return ListedContent(type: .markdown, body: body, charset: "utf-8")
        }
        let pages = entries.map { ListedPage(url: $0.url, validator: $0.validator) }
        return try await walk.run(Listing(pages: pages, isWhole: true), onPage)
    }

    private static func text(_ item: NotionAnswers.Item, _ api: NotionAPI) async throws -> String {
        var parts = ["# " + MarkdownText.escaped(item.name[...], startsLine: false)]
        if item.object == "page" {
            parts.append(values(item).map { "- **\($0.name):** \($0.value)" }.joined(separator: "\n"))
            parts.append(NotionMarkdown.text(try await api.blocks(of: item.id)))
        } else {
            parts.append((item.description ?? []).markdown)
            parts.append(try await rows(item, api))
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    /// The rows as a table: the title as a link to the row's own page, then the other columns by name.
    private static func rows(_ source: NotionAnswers.Item, _ api: NotionAPI) async throws -> String {
        let columns = source.properties.filter { $0.value.type != "title" }.keys.sorted()
        var rows: [[String]] = []
        var cursor: String?
        repeat {
            let list = try await api.rows(of: source.id, after: cursor)
            for item in list.results where item.object == "page" && !item.isGone {
                let name = MarkdownText.escaped(item.name[...], startsLine: false)
                let title = NotionLocation.page(item.id).map { "[\(name)](<\($0.description)>)" } ?? name
                rows.append([title] + columns.map { item.properties[$0]?.markdown ?? "" })
            }
            guard rows.count <= NotionAPI.maximumBlocks else {
                throw PageFailure(
                    .failed, .tooLarge, code: "E_FILE_SIZE", "The data source has too many rows.", limit: "\(NotionAPI.maximumBlocks) rows")
            }
            cursor = try api.next(list.has_more, list.next_cursor, after: cursor)
        } while cursor != nil
        let title = source.properties.first { $0.value.type == "title" }?.key ?? "Name"
        let head = ([title] + columns).map { MarkdownText.escaped($0[...], startsLine: false) }
        return MarkdownText.table(head: head, rows, width: head.count)
    }

    /// The properties of a page that have a value, by name.
    private static func values(_ item: NotionAnswers.Item) -> [(name: String, value: String)] {
        item.properties.filter { $0.value.type != "title" }.map {
            (MarkdownText.escaped($0.key[...], startsLine: false), $0.value.markdown)
        }.filter { !$0.1.isEmpty }.sorted { $0.0 < $1.0 }
    }
}
