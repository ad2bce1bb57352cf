import Domain
import Postgres

/// Reads a crawl record, without its content.
enum CrawlRow {
    static let columns: SQL = """
        url, final_url, kind, reason, http_status, detail, depth::int as depth, is_transient, links, page_path, title, content is not null as staged, text_checksum,
        content_checksum, etag, last_modified, listed_at, tags
        """

    static func record(_ row: Row) throws -> CrawlRecord {
        let url = try SiteURL(row.decode("url", as: String.self))
        let outcome = PageOutcome(
            url: url, finalURL: try row.decode("final_url", as: String?.self).map { try SiteURL($0) },
            kind: PageOutcome.Kind(rawValue: try row.decode("kind", as: String.self)) ?? .failed,
            reason: PageOutcome.Reason(rawValue: try row.decode("reason", as: String.self)) ?? .malformed,
            status: try row.decode("http_status", as: Int32?.self).map(Int.init), detail: try row.decode("detail", as: String?.self),
            depth: Int(try row.decode("depth", as: Int32.self)), links: try row.decode("links", as: [String].self),
            isTransient: try row.decode("is_transient", as: Bool.self), listedAt: try row.decode("listed_at", as: String?.self))
        return CrawlRecord(
            outcome: outcome, path: try row.decode("page_path", as: String?.self), title: try row.decode("title", as: String?.self),
            isStaged: try row.decode("staged", as: Bool.self),
            textChecksum: try row.decode("text_checksum", as: [UInt8]?.self),
            contentChecksum: try row.decode("content_checksum", as: [UInt8]?.self), etag: try row.decode("etag", as: String?.self),
            lastModified: try row.decode("last_modified", as: String?.self), tags: try row.decode("tags", as: [String].self))
    }
}
