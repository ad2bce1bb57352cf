import Domain
import Primitives
import Processing

/// The published pages of a space, or of a site, as Markdown pages: those with another version are read.
struct ConfluenceSource: DocumentSource {
    let location: ConfluenceLocation
    let access: ProviderAccess
    let transport: ProviderTransport
    let extractLinks: LinkExtractor

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let api = ConfluenceAPI(location, access: access, limits: plan.limits, transport: transport)
        var entries: [ConfluenceAPI.Entry] = []
        var pages: [ListedPage] = []
        for entry in try await api.pages() {
            guard let url = location.page(entry.id, space: entry.space) else { continue }
            entries.append(entry)
            pages.append(ListedPage(url: url, validator: entry.validator))
        }
        let titles = Dictionary(entries.map { (StorageTargets.key($0.title, space: $0.space), $0.id) }) { first, _ in first }
        let limit = plan.limits.pageSize
        let walk = ListingWalk(plan: plan, visited: visited, known: known, extractLinks: extractLinks) { [entries] index in
            let entry = entries[index]
            let targets = StorageTargets(location: location, pages: titles, page: entry.id, space: entry.space)
            let content = try await api.content(of: entry.id)
            let body = Array(try await text(content, of: entry.id, targets, api, limit: limit.bytes).utf8)
            guard body.count <= limit.bytes else { throw Self.tooLarge(body.count, limit.bytes) }
            return ListedContent(type: .markdown, body: body, charset: "utf-8", tags: content.labels)
        }
        return try await walk.run(Listing(pages: pages, isWhole: true), onPage)
    }

    /// Title, labels, text and files of a page.
    private func text(
        _ content: ConfluenceAPI.Content, of page: ConfluenceID, _ targets: StorageTargets, _ api: ConfluenceAPI, limit: Int
    ) async throws -> String {
        guard content.storage.utf8.count <= limit else { throw Self.tooLarge(content.storage.utf8.count, limit) }
        let storage: XMLElement
        do throws(ProcessingError) {
            storage = try XMLElement(fragment: Array(content.storage.utf8))
        } catch {
            throw PageFailure(.failed, .malformed, code: error.code == .tooDeep ? "E_MARKUP_DEPTH" : "E_MARKUP_SYNTAX", error.message)
        }
        let files = try await api.attachments(of: page)
        let labels = content.labels.map { MarkdownText.escaped($0[...], startsLine: false) }
        return [
            "# " + MarkdownText.escaped(content.title.split(whereSeparator: \.isNewline).joined(separator: " ")[...], startsLine: false),
            labels.isEmpty ? "" : "- **Labels:** \(labels.joined(separator: ", "))",
            StorageMarkdown(targets: targets).text(storage), Self.list(files, of: page, location),
        ].filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private static func list(_ files: [ConfluenceAPI.Attachment], of page: ConfluenceID, _ location: ConfluenceLocation) -> String {
        guard !files.isEmpty else { return "" }
        let lines = files.map { file in
            let facts = [file.mediaType, file.size.map(Self.size)].compactMap { $0 }.joined(separator: ", ")
            let name = MarkdownText.escaped(file.name[...], startsLine: false)
            let note = facts.isEmpty ? "" : " (\(MarkdownText.escaped(facts[...], startsLine: false)))"
            return "- [\(name)](<\(location.attachment(file.name, of: page))>)\(note)"
        }
        return "## Attachments\n\n" + lines.joined(separator: "\n")
    }

    private static func size(_ bytes: Int) -> String {
        // Rounding what a server made up could overflow.
        let bytes = min(max(bytes, 0), 1 << 50)
        return bytes < 1024 ? "\(bytes) B" : bytes < 1_048_576 ? "\((bytes + 512) / 1024) KiB" : "\((bytes + 524_288) / 1_048_576) MiB"
    }

    private static func tooLarge(_ size: Int, _ limit: Int) -> PageFailure {
        PageFailure(.failed, .tooLarge, code: "E_FILE_SIZE", "The page has \(size) bytes.", limit: "\(limit) bytes")
    }
}
