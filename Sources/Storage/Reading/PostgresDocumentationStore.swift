package import Domain
import FoundationEssentials
package import Policy
package import Postgres

/// Reading and deleting what was ingested.
package struct PostgresDocumentationStore: DocumentationStore {
    private let client: QueryReader

    /// - Parameter gates: decide on each statement.
    package init(_ client: PostgresClient, gates: GateRegistry = GateRegistry()) { self.client = QueryReader(client, gates) }

    private static let documentationColumns: SQL = """
        d.id, l.name as library, v.version, d.root_url, d.title, d.section_count, d.chunk_count, d.last_synced, d.created_at,
        p.model, p.dimension, (select count(*) from portolan.job j where j.documentation_id = d.id) as jobs,
        (select j.status from portolan.job j where j.documentation_id = d.id order by j.created_at desc, j.id desc limit 1) as last_status
        """

    private static let documentationTables: SQL = """
        portolan.documentation d join portolan.library_version v on v.id = d.version_id
        join portolan.library l on l.id = v.library_id left join portolan.embedding_profile p on p.id = d.profile_id
        """

    private static func documentation(_ row: Row) throws -> Documentation {
        Documentation(
            id: DocumentationID(try row.decode("id", as: UUID.self)), library: try row.decode("library", as: String.self),
            version: try row.decode("version", as: String.self), rootURL: try row.decode("root_url", as: String.self),
            title: try row.decode("title", as: String.self), sections: Int(try row.decode("section_count", as: Int32.self)),
            chunks: Int(try row.decode("chunk_count", as: Int32.self)), jobs: try row.decode("jobs", as: Int.self),
            lastJobStatus: try row.decode("last_status", as: String?.self).flatMap(JobStatus.init(rawValue:)),
            lastSynced: try row.decode("last_synced", as: Date?.self), createdAt: try row.decode("created_at", as: Date.self),
            embeddingModel: try row.decode("model", as: String?.self),
            embeddingDimension: try row.decode("dimension", as: Int32?.self).map(Int.init))
    }

    package func documentations(
        scope: SearchScope, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (documentations: [Documentation], total: Int) {
        let filter: SQL = "\(ScopeFilter.condition(scope)) and \(AccessFilter.documentation(access))"
        return try await withFaults {
            async let counted = client.query("select count(*) as n from \(Self.documentationTables) where \(filter)")
            let rows = try await client.query(
                """
                select \(Self.documentationColumns) from \(Self.documentationTables) where \(filter)
                order by l.name, v.version, d.root_url, d.id limit \(limit) offset \(offset)
                """)
            return (try rows.map(Self.documentation), try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    package func documentation(_ id: DocumentationID, access: LibraryAccess) async throws -> Documentation? {
        try await withFaults {
            let rows = try await client.query(
                """
                select \(Self.documentationColumns) from \(Self.documentationTables)
                where d.id = \(id.uuid) and \(AccessFilter.documentation(access))
                """)
            return try rows.first.map(Self.documentation)
        }
    }

    package func sections(
        _ id: DocumentationID, startPath: String?, limit: Int, offset: Int, access: LibraryAccess
    ) async throws -> (sections: [Section], total: Int) {
        let filter: SQL = """
            s.documentation_id = \(id.uuid) and \(Self.prefix(startPath)) and \(AccessFilter.within("s.documentation_id", access))
            """
        return try await withFaults {
            async let counted = client.queryCancellable("select count(*) as n from portolan.section s where \(filter)")
            let rows = try await client.queryCancellable(
                """
                select \(SectionRow.columns), '' as content from \(SectionRow.tables) where \(filter)
                order by s.page_path, s.ordinal limit \(limit) offset \(offset)
                """)
            return (try rows.map { try SectionRow.section($0) }, try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    package func section(_ id: DocumentationID, path: String, access: LibraryAccess) async throws -> Section? {
        try await withFaults {
            let rows = try await client.query(
                """
                select \(SectionRow.columns), \(SectionRow.tags), s.content from \(SectionRow.tables)
                where s.documentation_id = \(id.uuid) and s.path = \(path) and \(AccessFilter.documentation(access))
                """)
            return try rows.first.map { try SectionRow.section($0, tags: $0.decode("tags", as: [String]?.self) ?? []) }
        }
    }

    package func outline(_ id: DocumentationID, startPath: String?, limit: Int, access: LibraryAccess) async throws -> [Section] {
        try await withFaults {
            let rows = try await client.queryCancellable(
                """
                select \(SectionRow.columns), '' as content from \(SectionRow.tables)
                where s.documentation_id = \(id.uuid) and \(Self.prefix(startPath)) and \(AccessFilter.documentation(access))
                order by s.page_path, s.ordinal limit \(limit)
                """)
            return try rows.map { try SectionRow.section($0) }
        }
    }

    /// All that hangs on a large documentation takes a while to go.
    private static let longestDeletion = Duration.seconds(300)

    package func delete(_ id: DocumentationID, access: LibraryAccess) async throws -> Bool {
        try await withFaults {
            try await client.writing(timeLimit: Self.longestDeletion) { connection in
                // In the order in which submissions and publications lock them, or one of them and the deletion would wait for each other.
                for table: SQL in ["source", "job"] {
                    _ = try await connection.query(
                        """
                        select from portolan.\(table) where documentation_id = \(id.uuid) and \(AccessFilter.writable("documentation_id", access))
                        order by id for update
                        """)
                }
                return try await connection.query(
                    """
                    delete from portolan.documentation gone using portolan.library_version owner, portolan.library home
                    where gone.id = \(id.uuid) and owner.id = gone.version_id and home.id = owner.library_id
                      and \(AccessFilter.writable("gone.id", access))
                    returning gone.id, \(PostgresPublicationFeed.notification(ofDeleted: id, library: "home.name"))
                    """
                ).first != nil
            }
        }
    }

    package func isVisible(_ id: DocumentationID, formerLibrary: String?, access: LibraryAccess) async throws -> Bool {
        if access == .all { return true }
        if formerLibrary != nil, case .only(let list) = access, list.documentations.contains(id) { return true }
        return try await withFaults {
            guard let formerLibrary else {
                return try await client.query(
                    """
                    select d.id from portolan.documentation d join portolan.library_version v on v.id = d.version_id
                      join portolan.library l on l.id = v.library_id
                    where d.id = \(id.uuid) and \(AccessFilter.documentation(access))
                    """
                ).first != nil
            }
            return try await client.query(
                "select l.id from portolan.library l where l.name = \(formerLibrary) and \(AccessFilter.wholeLibrary(access))"
            ).first != nil
        }
    }

    package func libraries(limit: Int, offset: Int, access: LibraryAccess) async throws -> (libraries: [Library], total: Int) {
        try await withFaults {
            async let counted = client.query("select count(*) as n from portolan.library l where \(AccessFilter.library(access))")
            let rows = try await client.query(
                """
                select l.name, l.is_private, v.version, v.is_latest,
                  (select count(*) from portolan.documentation d where d.version_id = v.id and \(AccessFilter.documentation(access)))
                    as documentations
                from (select l.id, l.name, l.is_private from portolan.library l where \(AccessFilter.library(access))
                  order by l.name limit \(limit) offset \(offset)) l
                join portolan.library_version v on v.library_id = l.id and \(AccessFilter.version(access))
                order by l.name, v.created_at, v.version
                """)
            var libraries: [Library] = []
            for row in rows {
                let name = try row.decode("name", as: String.self)
                let version = Library.Version(
                    version: try row.decode("version", as: String.self), isLatest: try row.decode("is_latest", as: Bool.self),
                    documentations: try row.decode("documentations", as: Int.self))
                let isPrivate = try row.decode("is_private", as: Bool.self)
                if let last = libraries.last, last.name == name {
                    libraries[libraries.count - 1] = Library(name: name, isPrivate: isPrivate, versions: last.versions + [version])
                } else {
                    libraries.append(Library(name: name, isPrivate: isPrivate, versions: [version]))
                }
            }
            return (libraries, try await counted.first?.decode("n", as: Int.self) ?? 0)
        }
    }

    package func statistics(access: LibraryAccess) async throws -> LibraryStatistics {
        try await withFaults {
            async let counted = client.query(
                """
                select count(*) as documentations, coalesce(sum(d.section_count), 0)::bigint as sections,
                  coalesce(sum(d.chunk_count), 0)::bigint as chunks, count(distinct v.library_id) as libraries
                from portolan.documentation d join portolan.library_version v on v.id = d.version_id
                where \(AccessFilter.within("d.id", access))
                """)
            let models = try await client.query(
                """
                select p.model, p.dimension, sum(d.chunk_count)::bigint as chunks
                from portolan.documentation d join portolan.embedding_profile p on p.id = d.profile_id
                where \(AccessFilter.within("d.id", access))
                group by p.model, p.dimension order by p.model, p.dimension limit 100
                """)
            let row = try await counted.single()
            return LibraryStatistics(
                libraries: try row.decode("libraries", as: Int.self), documentations: try row.decode("documentations", as: Int.self),
                sections: try row.decode("sections", as: Int.self), chunks: try row.decode("chunks", as: Int.self),
                vectors: try models.map {
                    LibraryStatistics.Vectors(
                        model: try $0.decode("model", as: String.self), dimension: Int(try $0.decode("dimension", as: Int32.self)),
                        chunks: try $0.decode("chunks", as: Int.self))
                })
        }
    }

    private static func prefix(_ startPath: String?) -> SQL {
        guard let startPath, !startPath.isEmpty else { return "true" }
        return "starts_with(s.path, \(startPath))"
    }
}
