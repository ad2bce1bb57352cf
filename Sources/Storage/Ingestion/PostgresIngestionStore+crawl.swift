package import Domain
import Postgres

extension PostgresIngestionStore {
    package func crawlRecords(_ lease: JobLease) async throws -> [CrawlRecord] {
        try await withFaults {
            let rows = try await client.query(
                "select \(CrawlRow.columns) from portolan.crawl_outcome where job_id = \(lease.job.uuid) order by ordinal")
            return try rows.map(CrawlRow.record)
        }
    }

    package func record(_ lease: JobLease, _ records: [CrawlRecord]) async throws {
        if records.isEmpty { return }
        try await guarded(lease) { connection, _ in
            for record in records {
                let outcome = record.outcome
                _ = try await connection.query(
                    """
                    insert into portolan.crawl_outcome (job_id, url, final_url, kind, reason, http_status, detail, depth, is_transient, links,
                      page_path, title, content, text_checksum, etag, last_modified)
                    values (\(lease.job.uuid), \(outcome.url.description), \(outcome.finalURL?.description), \(outcome.kind.rawValue),
                      \(outcome.reason.rawValue), \(outcome.status.map(Int32.init)), \(outcome.detail), \(Int32(outcome.depth)),
                      \(outcome.isTransient), \(outcome.links), \(record.path), \(record.title), \(record.content),
                      \(record.textChecksum), \(record.etag), \(record.lastModified))
                    on conflict (job_id, url) do nothing
                    """)
            }
        }
    }

    package func stagedContents(_ lease: JobLease, paths: [String]) async throws -> [(path: String, content: [UInt8])] {
        try await withFaults {
            let rows = try await client.query(
                """
                select wanted.path, o.content from unnest(\(paths)::text[]) with ordinality as wanted (path, position)
                cross join lateral (
                  select content from portolan.crawl_outcome
                  where job_id = \(lease.job.uuid) and page_path = wanted.path and content is not null order by ordinal limit 1) o
                order by wanted.position
                """)
            return try rows.map { (try $0.decode("path", as: String.self), try $0.decode("content", as: [UInt8].self)) }
        }
    }

    package func storedPages(_ documentation: DocumentationID) async throws -> [String: StoredPage] {
        try await withFaults {
            let rows = try await client.query(
                """
                select path, url, title, etag, last_modified, text_checksum, links
                from portolan.page where documentation_id = \(documentation.uuid)
                """)
            var pages: [String: StoredPage] = [:]
            for row in rows {
                pages[try row.decode("path", as: String.self)] = StoredPage(
                    url: try row.decode("url", as: String.self), title: try row.decode("title", as: String.self),
                    etag: try row.decode("etag", as: String?.self), lastModified: try row.decode("last_modified", as: String?.self),
                    textChecksum: try row.decode("text_checksum", as: [UInt8].self), links: try row.decode("links", as: [String].self))
            }
            return pages
        }
    }

    package func finishCrawl(_ lease: JobLease, complete: Bool) async throws {
        try await guarded(lease) { connection, _ in
            _ = try await connection.query("update portolan.job set crawl_complete = \(complete) where id = \(lease.job.uuid)")
        }
    }

    package func crawlWasComplete(_ lease: JobLease) async throws -> Bool? {
        try await withFaults {
            try await client.query("select crawl_complete from portolan.job where id = \(lease.job.uuid)").first?
                .decode("crawl_complete", as: Bool?.self)
        }
    }
}
