import Domain
import Fetch
import FoundationEssentials
import Primitives

/// The requests to Notion's API that a workspace is read with.
struct NotionAPI: Sendable {
    /// The version of the API whose shapes are read.
    static let version = "2025-09-03"
    /// Blocks of one page at most, and levels of blocks within each other.
    static let maximumBlocks = 20_000
    static let maximumLevels = 20

    let client: ProviderClient

    init(access: ProviderAccess, limits: CrawlLimits, transport: ProviderTransport) {
        // What Notion allows an integration on average.
        client = ProviderClient(
            name: "Notion", access: access, headers: ["Notion-Version": Self.version], interval: .milliseconds(334), limits: limits,
            transport: transport)
    }

    /// Pages and data sources that are shared with the integration, newest edit first.
    func search(after cursor: String?, size: Int = 100) async throws -> NotionAnswers.List<NotionAnswers.Item> {
        let sort = #""sort":{"direction":"descending","timestamp":"last_edited_time"}"#
        return try await client.json(
            NotionAnswers.List<NotionAnswers.Item>.self,
            post("/v1/search", #"{"page_size":\#(size),\#(sort)\#(try Self.start(cursor))}"#))
    }

    /// The rows of a data source.
    func rows(of id: NotionID, after cursor: String?) async throws -> NotionAnswers.List<NotionAnswers.Item> {
        try await list(post("/v1/data_sources/\(id)/query", #"{"page_size":100\#(try Self.start(cursor))}"#))
    }

    /// Where a block or a data source lies; nil when it is not shared.
    func place(_ id: NotionID, isDataSource: Bool) async throws -> NotionAnswers.Place? {
        let answer = try await client.send(
            ProviderClient.Call(path: "/v1/\(isDataSource ? "data_sources" : "blocks")/\(id)", accepted: [200, 403, 404]))
        guard answer.status == 200 else { return nil }
        return try ProviderJSON.decode(NotionAnswers.Place.self, from: answer.body, of: client.name)
    }

    /// The blocks of a page with everything inside them.
    ///
    /// - Throws: ``PageFailure`` when the page is gone, denied or too large; ``Fault``.
    func blocks(of page: NotionID) async throws -> [NotionBlock] {
        var count = 0
        return try await blocks(of: page, level: 0, &count)
    }

    private func blocks(of parent: NotionID, level: Int, _ count: inout Int) async throws -> [NotionBlock] {
        var blocks: [NotionBlock] = []
        var cursor: String?
        repeat {
            var path = "/v1/blocks/\(parent)/children?page_size=100"
            if let cursor { path += "&start_cursor=\(URLText.encoded(cursor, isSegment: true))" }
            let list: NotionAnswers.List<NotionBlock> = try await list(ProviderClient.Call(path: path))
            blocks += list.results
            count += list.results.count
            guard count <= Self.maximumBlocks, level < Self.maximumLevels else {
                throw PageFailure(
                    .failed, .tooLarge, code: "E_FILE_SIZE", "The page has too many blocks.",
                    limit: "\(Self.maximumBlocks) blocks in \(Self.maximumLevels) levels")
            }
            cursor = try next(list.has_more, list.next_cursor, after: cursor)
        } while cursor != nil
        for index in blocks.indices where !blocks[index].isGone {
            // Pages within a page are pages of their own.
            guard blocks[index].type != "child_page", blocks[index].type != "child_database" else { continue }
            if let original = blocks[index].payload?.synced_from?.block_id {
                do {
                    blocks[index].children = try await self.blocks(of: original, level: level + 1, &count)
                } catch let failure as PageFailure where failure.kind == .gone {
                    // The original is on a page that is not shared.
                }
            } else if blocks[index].hasChildren {
                blocks[index].children = try await self.blocks(of: blocks[index].id, level: level + 1, &count)
            }
        }
        return blocks
    }

    /// The cursor of the next page; nil at the end.
    func next(_ hasMore: Bool, _ next: String?, after cursor: String?) throws(Fault) -> String? {
        guard hasMore else { return nil }
        guard let next, next != cursor else {
            throw Fault(
                .network, code: "E_NET_PROTOCOL", "Notion sends a list that does not end.", hint: "Try again.", isTransient: true)
        }
        return next
    }

    /// Reads a list that belongs to one page, whose being gone is no fault of the rest.
    private func list<Element>(_ call: ProviderClient.Call) async throws -> NotionAnswers.List<Element> {
        var call = call
        call.accepted = [200, 403, 404]
        let answer = try await client.send(call)
        switch answer.status {
        case 404:
            throw PageFailure(
                .gone, .status, code: "E_HTTP_STATUS", "The page is not there, or not shared with the integration.", status: 404)
        case 403:
            throw PageFailure(
                .failed, .status, code: "E_HTTP_STATUS", "The integration may not read the page.", status: 403,
                hint: "Give the integration the capability to read content.", isTransient: true)
        default: return try ProviderJSON.decode(NotionAnswers.List<Element>.self, from: answer.body, of: client.name)
        }
    }

    private func post(_ path: String, _ body: String) -> ProviderClient.Call {
        ProviderClient.Call(method: "POST", path: path, body: Array(body.utf8), accepted: [200])
    }

    /// The member that asks for the page after `cursor`, which a server sent.
    private static func start(_ cursor: String?) throws(Fault) -> String {
        guard let cursor else { return "" }
        guard cursor.utf8.count <= 1000, cursor.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) else {
            throw Fault(.network, code: "E_NET_PROTOCOL", "Notion sends a cursor that is no identifier.", isTransient: true)
        }
        return #","start_cursor":"\#(cursor)""#
    }
}
