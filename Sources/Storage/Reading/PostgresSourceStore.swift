package import Domain
import FoundationEssentials
package import Postgres

/// The sources, as the API lists them.
package struct PostgresSourceStore: SourceStore {
    let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func sources(limit: Int, offset: Int) async throws -> (sources: [Source], total: Int) {
        try await withFaults {
            async let counted = client.query("select count(*) as n from portolan.source")
            let rows = try await client.query(
                """
                select s.id, s.kind, s.documentation_id, l.name as library, v.version, s.settings::text as settings, s.created_at
                from portolan.source s join portolan.documentation d on d.id = s.documentation_id
                join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
                order by l.name, v.version, s.location, s.id limit \(limit) offset \(offset)
                """)
            let sources = try rows.map { row in
                Source(
                    id: Identifier(try row.decode("id", as: UUID.self)), kind: try row.decode("kind", as: String.self),
                    documentation: DocumentationID(try row.decode("documentation_id", as: UUID.self)),
                    library: try row.decode("library", as: String.self), version: try row.decode("version", as: String.self),
                    settings: try JSONColumn.decode(row.decode("settings", as: String.self)),
                    createdAt: try row.decode("created_at", as: Date.self))
            }
            return (sources, try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }
}
