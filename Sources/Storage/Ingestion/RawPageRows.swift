import Domain
import Postgres

/// Writes pages as they were read: the last body of each.
enum RawPageRows {
    /// The statement for the raw pages of `records`; nil when there are none.
    static func insertion(of records: [CrawlRecord], _ lease: JobLease) -> SQL? {
        var paths: Set<String> = []
        var rows: [(path: String, url: String, page: RawPage)] = []
        for record in records {
            // One statement may write a row once; of two addresses of one page the first counts, as elsewhere.
            guard let raw = record.raw, let path = record.path, paths.insert(path).inserted else { continue }
            rows.append((path, (record.outcome.finalURL ?? record.outcome.url).description, raw))
        }
        if rows.isEmpty { return nil }
        // Bodies stand end to end in one parameter, from which each row cuts its own.
        var bodies: [UInt8] = []
        bodies.reserveCapacity(rows.reduce(0) { $0 + $1.page.body.count })
        var starts: [Int32] = []
        for row in rows {
            starts.append(Int32(bodies.count + 1))
            bodies += row.page.body
        }
        return """
            insert into portolan.raw_page (documentation_id, path, url, content_type, charset, body)
            select j.documentation_id, t.path, t.url, t.content_type, t.charset, substring(\(bodies)::bytea from t.start for t.length)
            from portolan.job j, unnest(\(rows.map(\.path))::text[], \(rows.map(\.url))::text[],
              \(rows.map(\.page.contentType.rawValue))::text[], \(rows.map(\.page.charset))::text[], \(starts)::int[],
              \(rows.map { Int32($0.page.body.count) })::int[]) as t (path, url, content_type, charset, start, length)
            where j.id = \(lease.job.uuid)
            on conflict (documentation_id, path) do update set url = excluded.url, content_type = excluded.content_type,
              charset = excluded.charset, body = excluded.body, fetched_at = now()
            """
    }
}
