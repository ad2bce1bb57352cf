import Digests
package import Domain
import FoundationEssentials
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
        // The first of each address: one statement cannot write a row twice.
        var seen: Set<String> = []
        let records = records.filter { seen.insert($0.outcome.url.description).inserted }
        let insert = Self.insertion(of: records, lease)
        let raw = RawPageRows.insertion(of: records, lease)
        try await guarded(lease) { connection, _ in
            _ = try await connection.query(insert)
            if let raw { _ = try await connection.query(raw) }
        }
    }

    /// One statement for all `records`: a crawl finds dozens of addresses that it does not follow for each page that it reads.
    ///
    /// Contents stand end to end in one parameter, from which each row cuts its own.
    private static func insertion(of records: [CrawlRecord], _ lease: JobLease) -> SQL {
        var contents: [UInt8] = []
        contents.reserveCapacity(records.reduce(0) { $0 + ($1.content?.count ?? 0) })
        var starts: [Int32?] = []
        for record in records {
            starts.append(record.content == nil ? nil : Int32(contents.count + 1))
            if let content = record.content { contents += content }
        }
        let outcomes = records.map(\.outcome)
        return """
            insert into portolan.crawl_outcome (job_id, url, final_url, kind, reason, http_status, detail, depth, is_transient, links,
              page_path, title, content, text_checksum, content_checksum, etag, last_modified, listed_at, tags)
            select \(lease.job.uuid), url, final_url, kind, reason, http_status, detail, depth, is_transient,
              coalesce(string_to_array(nullif(links, ''), E'\\x1f'), '{}'), page_path, title,
              substring(\(contents)::bytea from content_start for content_length), decode(text_checksum, 'hex'),
              decode(content_checksum, 'hex'), etag, last_modified, listed_at,
              coalesce(string_to_array(nullif(tags, ''), E'\\x1f'), '{}')
            from unnest(\(outcomes.map(\.url.description))::text[], \(outcomes.map { $0.finalURL?.description })::text[],
              \(outcomes.map(\.kind.rawValue))::text[], \(outcomes.map(\.reason.rawValue))::text[],
              \(outcomes.map { $0.status.map(Int32.init) })::int[], \(outcomes.map(\.detail))::text[],
              \(outcomes.map { Int32($0.depth) })::int[], \(outcomes.map(\.isTransient))::bool[],
              \(outcomes.map { $0.links.joined(separator: "\u{1f}") })::text[], \(records.map(\.path))::text[],
              \(records.map(\.title))::text[], \(starts)::int[], \(records.map { $0.content.map { Int32($0.count) } })::int[],
              \(records.map { $0.textChecksum?.hexadecimal })::text[], \(records.map { $0.contentChecksum?.hexadecimal })::text[],
              \(records.map(\.etag))::text[], \(records.map(\.lastModified))::text[], \(outcomes.map(\.listedAt))::text[],
              \(records.map { $0.tags.joined(separator: "\u{1f}") })::text[])
              as t (url, final_url, kind, reason, http_status, detail, depth, is_transient, links, page_path, title, content_start,
                content_length, text_checksum, content_checksum, etag, last_modified, listed_at, tags)
            on conflict (job_id, url) do update set
              (final_url, kind, reason, http_status, detail, depth, is_transient, links, page_path, title, content, text_checksum,
                content_checksum, etag, last_modified, listed_at, tags)
              = (excluded.final_url, excluded.kind, excluded.reason, excluded.http_status, excluded.detail, excluded.depth,
                excluded.is_transient, excluded.links, excluded.page_path, excluded.title, excluded.content, excluded.text_checksum,
                excluded.content_checksum, excluded.etag, excluded.last_modified, excluded.listed_at, excluded.tags)
            where portolan.crawl_outcome.is_transient
            """
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
                select path, url, title, etag, last_modified, text_checksum, content_checksum, links, listed_at, tags, fetched_at
                from portolan.page where documentation_id = \(documentation.uuid)
                """)
            var pages: [String: StoredPage] = [:]
            for row in rows {
                pages[try row.decode("path", as: String.self)] = StoredPage(
                    url: try row.decode("url", as: String.self), title: try row.decode("title", as: String.self),
                    etag: try row.decode("etag", as: String?.self), lastModified: try row.decode("last_modified", as: String?.self),
                    textChecksum: try row.decode("text_checksum", as: [UInt8].self),
                    contentChecksum: try row.decode("content_checksum", as: [UInt8].self),
                    links: try row.decode("links", as: [String].self),
                    listedAt: try row.decode("listed_at", as: String?.self), tags: try row.decode("tags", as: [String].self),
                    askedAt: try row.decode("fetched_at", as: Date.self)
                )
            }
            return pages
        }
    }

    package func listingTrust(_ documentation: DocumentationID) async throws -> ListingTrust {
        try await withFaults {
            let rows = try await client.query(
                "select listing_trust::int as listing_trust, listing_round from portolan.documentation where id = \(documentation.uuid)")
            guard let row = rows.first else { return ListingTrust() }
            return ListingTrust(
                level: Int(try row.decode("listing_trust", as: Int32.self)), round: Int(try row.decode("listing_round", as: Int32.self)))
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
