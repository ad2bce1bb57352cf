package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Private libraries and their readers.
package struct PostgresLibraryAccessStore: LibraryAccessStore {
    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func readers(library name: String) async throws -> LibraryReaders? {
        try await withFaults {
            let rows = try await client.query(
                """
                select l.is_private, g.grantee, s.id as source
                from portolan.library l left join portolan.access_grant g on g.library_id = l.id
                left join portolan.source s on s.documentation_id = g.documentation_id
                where l.name = \(name)
                """)
            guard let first = rows.first else { return nil }
            var readers = LibraryReaders(isPrivate: try first.decode("is_private", as: Bool.self))
            for row in rows {
                guard let group = try row.decode("grantee", as: String?.self) else { continue }
                if let source = try row.decode("source", as: UUID?.self) {
                    readers.sources[SourceID(source), default: []].insert(group)
                } else {
                    readers.groups.insert(group)
                }
            }
            return readers
        }
    }

    package func set(_ readers: LibraryReaders, library name: String) async throws {
        let pairs = readers.sources.flatMap { source, groups in groups.map { (source: source, group: $0) } }
        try await withFaults {
            try await client.withTransaction { connection in
                let library = try await connection.query(
                    """
                    insert into portolan.library (id, name, is_private) values (\(UUID.timeOrdered()), \(name), \(readers.isPrivate))
                    on conflict (name) do update set is_private = excluded.is_private returning id
                    """
                ).single().decode("id", as: UUID.self)
                let known = try await connection.query(
                    """
                    select s.id from portolan.source s join portolan.documentation d on d.id = s.documentation_id
                    join portolan.library_version v on v.id = d.version_id
                    where v.library_id = \(library) and s.id = any(\(readers.sources.keys.map(\.uuid))::uuid[])
                    """
                ).map { SourceID(try $0.decode("id", as: UUID.self)) }
                if let unknown = Set(readers.sources.keys).subtracting(known).min() {
                    throw Fault.notFound("source of the library", unknown.description)
                }
                _ = try await connection.query("delete from portolan.access_grant where library_id = \(library)")
                _ = try await connection.query(
                    """
                    insert into portolan.access_grant (library_id, grantee)
                    select \(library), grantee from unnest(\(readers.groups.sorted())::text[]) as grantee
                    """)
                _ = try await connection.query(
                    """
                    insert into portolan.access_grant (library_id, grantee, documentation_id)
                    select distinct \(library)::uuid, pair.grantee, s.documentation_id
                    from unnest(\(pairs.map(\.source.uuid))::uuid[], \(pairs.map(\.group))::text[]) as pair (source, grantee)
                    join portolan.source s on s.id = pair.source
                    """)
            }
        }
    }
}
