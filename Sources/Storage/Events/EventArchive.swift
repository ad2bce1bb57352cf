import Domain
package import FoundationEssentials
package import Postgres

/// The events as a whole: for export and for figures over them.
package struct EventArchive: Sendable {
    /// Events read by one statement.
    private static let page = 1000

    let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    /// Hands out events in the order in which they were written.
    ///
    /// - Parameters:
    ///   - level: only this level.
    ///   - type: only types that are this one or begin with it and a dot.
    ///   - since: only those from then on.
    ///   - limit: the most events.
    /// - Returns: how many there were.
    package func walk(
        level: String?, type: String?, since: Date, limit: Int, _ body: (EventEnvelope) throws -> Void
    ) async throws -> Int {
        var after: Int64 = 0
        var count = 0
        while count < limit {
            let page = min(Self.page, limit - count)
            let rows = try await withFaults {
                try await client.query(
                    """
                    select e.id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), e.type, e.level,
                      coalesce(e.run_id, e.job_id::text), e.config_hash, e.service, e.context::text,
                      jsonb_strip_nulls(jsonb_build_object('job_id', e.job_id, 'documentation_id', e.documentation_id,
                        'correlation_id', e.correlation_id, 'version_id', e.payload -> 'version_id',
                        'artifact_id', e.payload -> 'artifact_id'))::text, e.payload::text
                    from portolan.event e
                    where e.id > \(after) and e.at >= \(since) and (\(level)::text is null or e.level = \(level))
                      and (\(type)::text is null or e.type = \(type) or starts_with(e.type, \(type) || '.'))
                    order by e.id limit \(page)
                    """)
            }
            for row in rows {
                let payload: [String: String?] = try JSONColumn.decode(row.decode(9, as: String.self))
                let envelope = EventEnvelope(
                    number: try row.decode(0), ts: try row.decode(1), type: try row.decode(2), level: try row.decode(3),
                    runID: try row.decode(4), configHash: try row.decode(5), service: try row.decode(6),
                    context: try JSONColumn.decode(row.decode(7, as: String.self)),
                    ids: try JSONColumn.decode(row.decode(8, as: String.self)), payload: payload.compactMapValues(\.self))
                try body(envelope)
                after = envelope.number
            }
            count += rows.count
            if rows.count < page { break }
        }
        return count
    }
}
