package import Domain
import FoundationEssentials
package import Policy
package import Postgres

/// Walks by the identity of rows, which publications leave as they are, and completes by prefix.
package struct PostgresSectionDirectory: SectionDirectory {
    private let client: QueryReader

    /// - Parameter gates: decide on each statement.
    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) { self.client = QueryReader(client, gates) }

    package func sections(
        after position: Int, limit: Int, access: LibraryAccess
    ) async throws -> (sections: [Section], position: Int?) {
        try await withFaults {
            let rows = try await client.queryCancellable(
                """
                select \(SectionRow.columns), '' as content from \(SectionRow.tables)
                where s.id > \(Int64(position)) and \(AccessFilter.documentation(access)) order by s.id limit \(limit)
                """)
            let sections = try rows.map { try SectionRow.section($0) }
            guard sections.count == limit, let last = rows.last else { return (sections, nil) }
            return (sections, Int(try last.decode("id", as: Int64.self)))
        }
    }

    package func existing(_ addresses: Set<SectionURI>, access: LibraryAccess) async throws -> Set<SectionURI> {
        let asked = addresses.map { (documentation: $0.documentation.uuid, path: $0.path) }
        return try await withFaults {
            let rows = try await client.query(
                """
                select s.documentation_id, s.path from \(SectionRow.tables)
                join unnest(\(asked.map(\.documentation))::uuid[], \(asked.map(\.path))::text[]) as a (documentation, path)
                  on s.documentation_id = a.documentation and s.path = a.path
                where \(AccessFilter.documentation(access)) limit \(asked.count)
                """)
            return Set(
                try rows.map { row in
                    SectionURI(
                        documentation: DocumentationID(try row.decode("documentation_id", as: UUID.self)),
                        path: try row.decode("path", as: String.self))
                })
        }
    }

    package func libraries(prefix: String, limit: Int, access: LibraryAccess) async throws -> [String] {
        try await withFaults {
            try await client.query(
                """
                select l.name from portolan.library l where starts_with(l.name, \(prefix)) and \(AccessFilter.library(access))
                order by l.name limit \(limit)
                """
            ).map { try $0.decode("name", as: String.self) }
        }
    }

    package func versions(of library: String?, prefix: String, limit: Int, access: LibraryAccess) async throws -> [String] {
        let owner: SQL = if let library { "l.name = \(library)" } else { "true" }
        return try await withFaults {
            let rows = try await client.query(
                """
                select v.version from portolan.library_version v join portolan.library l on l.id = v.library_id
                where starts_with(v.version, \(prefix)) and \(owner) and \(AccessFilter.version(access))
                group by v.version order by v.version limit \(limit)
                """)
            return try rows.map { try $0.decode("version", as: String.self) }.sorted { VersionOrder.precedes($1, $0) }
        }
    }

    package func documentations(prefix: String, limit: Int, access: LibraryAccess) async throws -> [DocumentationID] {
        try await withFaults {
            let rows = try await client.query(
                """
                select d.id from portolan.documentation d join portolan.library_version v on v.id = d.version_id
                  join portolan.library l on l.id = v.library_id
                where (starts_with(l.name, \(prefix)) or starts_with(d.id::text, \(prefix))) and \(AccessFilter.documentation(access))
                order by l.name, v.version, d.root_url, d.id limit \(limit)
                """)
            return try rows.map { DocumentationID(try $0.decode("id", as: UUID.self)) }
        }
    }

    package func paths(
        of documentation: DocumentationID, prefix: String, limit: Int, access: LibraryAccess
    ) async throws -> [String] {
        try await withFaults {
            let rows = try await client.query(
                """
                select s.path from \(SectionRow.tables)
                where s.documentation_id = \(documentation.uuid) and starts_with(s.path, \(prefix)) and \(AccessFilter.documentation(access))
                order by s.path limit \(limit)
                """)
            return try rows.map { try $0.decode("path", as: String.self) }
        }
    }
}
