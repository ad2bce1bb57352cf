import Domain
import Postgres

/// Events that the catalog writes beside its rows.
enum CatalogEvents {
    static func write(
        _ type: String, _ level: EventLevel, job: RunningJob?, _ payload: [String: String], _ connection: PostgresConnection
    ) async throws {
        _ = try await connection.query(
            """
            insert into portolan.event (type, level, job_id, documentation_id, correlation_id, payload)
            values (\(type), \(level.rawValue), \(job?.id.uuid), \(job?.documentation.uuid), \(job?.correlationID),
              \(try JSONColumn.encode(payload))::jsonb)
            """)
    }
}
