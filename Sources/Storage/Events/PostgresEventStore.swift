package import Domain
import FoundationEssentials
package import Postgres

/// The events, as the API lists them.
package struct PostgresEventStore: EventStore {
    let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func events(after: Int64?, type: String?, level: EventLevel?, job: JobID?, limit: Int) async throws -> [Event] {
        // Two statements, so that either is read off the key's index: the newest ones backwards, those behind a number forwards.
        let start: SQL = if let after { "e.id > \(after)" } else { "true" }
        let order: SQL = after == nil ? "e.id desc" : "e.id"
        let rows = try await withFaults {
            try await client.query(
                """
                select * from (
                  select e.id, e.at, e.type, e.level, e.job_id, e.documentation_id, e.correlation_id, e.payload::text as payload
                  from portolan.event e
                  where \(start) and (\(level?.rawValue)::text is null or e.level = \(level?.rawValue))
                    and (\(type)::text is null or e.type = \(type) or starts_with(e.type, \(type) || '.'))
                    and (\(job?.uuid)::uuid is null or e.job_id = \(job?.uuid))
                  order by \(order) limit \(limit)) page
                order by id
                """)
        }
        return try rows.map { row in
            let payload: [String: String?] = try JSONColumn.decode(row.decode("payload", as: String.self))
            return Event(
                number: try row.decode("id", as: Int64.self), at: try row.decode("at", as: Date.self),
                type: try row.decode("type", as: String.self),
                level: EventLevel(rawValue: try row.decode("level", as: String.self)) ?? .info,
                job: try row.decode("job_id", as: UUID?.self).map { JobID($0) },
                documentation: try row.decode("documentation_id", as: UUID?.self).map { DocumentationID($0) },
                correlationID: try row.decode("correlation_id", as: String?.self), payload: payload.compactMapValues(\.self))
        }
    }
}
