package import Domain
import FoundationEssentials
package import Policy
package import Postgres
import Primitives

/// BM25 over the words of chunks, and their vectors by index or by comparing them all.
package struct PostgresSearchStore: SearchStore {
    let client: QueryReader
    let exactScope: Int
    let indexCost: Double
    let timeLimit: Duration
    private let profiles = Locked<[EmbeddingProfile: Int32]>([:])

    /// - Parameters:
    ///   - exactScope: chunks in a scope up to which every vector of the scope is compared. In a wider one the vector index is asked,
    ///     which would find little in a narrow one: it walks from neighbor to neighbor, and all neighbors may lie outside.
    ///   - indexCost: what the index takes to fill a leg from the whole store, in comparisons of a chunk of a scope; measured. Within
    ///     `exactScope` the quicker way is taken.
    ///   - timeLimit: for each statement of a leg, also told to the server; at most 30 s.
    ///   - gates: decide on each statement.
    package init(
        _ client: PostgresClient, exactScope: Int = 5_000, indexCost: Double = 300, timeLimit: Duration = .seconds(10),
        gates: GateRegistry = GateRegistry()
    ) {
        self.client = QueryReader(client, gates)
        self.exactScope = exactScope
        self.indexCost = indexCost
        self.timeLimit = timeLimit
    }

    /// The number of the profile's partition, or nil when no vector of the profile was ever stored.
    func profileID(_ profile: EmbeddingProfile) async throws -> Int32? {
        if let id = profiles.withLock({ $0[profile] }) { return id }
        let rows = try await withFaults {
            try await client.query(
                """
                select id::int as id from portolan.embedding_profile
                where model = \(profile.model) and revision = \(profile.revision) and dimension = \(Int32(profile.dimension))
                """)
        }
        guard let id = try rows.first?.decode("id", as: Int32.self) else { return nil }
        profiles.withLock { $0[profile] = id }
        return id
    }

    package func passages(_ chunks: [Int64], access: LibraryAccess) async throws -> [SearchPassage] {
        if chunks.isEmpty { return [] }
        return try await withFaults {
            let rows = try await client.query(
                """
                select c.id as chunk_id, \(Self.body) as body, c.heading_path as chunk_heading_path, c.anchor, \(SectionRow.columns), '' as content
                from unnest(\(chunks)::bigint[]) with ordinality as wanted (id, position)
                join portolan.chunk c on c.id = wanted.id join \(SectionRow.tables) on s.id = c.section_id
                where \(AccessFilter.documentation(access))
                order by wanted.position limit \(chunks.count)
                """)
            return try rows.map { row in
                let section = try SectionRow.section(row)
                let anchor = try row.decode("anchor", as: String.self)
                let base = section.url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
                return SearchPassage(
                    chunk: try row.decode("chunk_id", as: Int64.self), section: section, text: try row.decode("body", as: String.self),
                    headingPath: try row.decode("chunk_heading_path", as: [String].self),
                    url: anchor.isEmpty ? section.url : base + "#" + anchor)
            }
        }
    }

    /// The chunk's text. One that is only headings has none: then how the first section below them begins, under its title.
    private static let body: SQL = """
        case when c.text <> '' then c.text else coalesce((
          select below.title || \("\n\n")::text || first.text
          from portolan.section below join portolan.chunk first on first.section_id = below.id
          where below.documentation_id = s.documentation_id and below.page_path = s.page_path and below.ordinal > s.ordinal
            and first.text <> '' and not exists (
              select from portolan.section other
              where other.documentation_id = s.documentation_id and other.page_path = s.page_path
                and other.ordinal > s.ordinal and other.ordinal <= below.ordinal and other.level <= s.level)
          order by below.ordinal, first.ordinal limit 1), '') end
        """

    /// Libraries or versions that an answer names at most.
    private static let named = 1_000

    package func resolve(_ scope: SearchScope, access: LibraryAccess) async throws -> ScopeResolution {
        try await withFaults {
            if let id = scope.documentation,
                try await client.query(
                    "select from portolan.documentation found where found.id = \(id.uuid) and \(AccessFilter.within("found.id", access))"
                ).isEmpty
            {
                return .unknownDocumentation
            }
            guard let library = scope.library else { return try await resolve(version: scope.version, access) }
            let rows = try await client.query(
                """
                select v.version from portolan.library l join portolan.library_version v on v.library_id = l.id
                where l.name = \(library) and \(AccessFilter.version(access))
                order by v.version = \(scope.version) desc nulls last limit \(Self.named)
                """)
            let versions = try rows.map { try $0.decode("version", as: String.self) }.sorted(by: VersionOrder.precedes)
            if versions.isEmpty {
                let rows = try await client.query(
                    "select l.name from portolan.library l where \(AccessFilter.library(access)) order by l.name limit \(Self.named)")
                return .unknownLibrary(try rows.map { try $0.decode("name", as: String.self) })
            }
            guard let version = scope.version, version != "latest", !versions.contains(version) else { return .found }
            return .unknownVersion(versions)
        }
    }

    /// A version without a library is one that any library has.
    private func resolve(version: String?, _ access: LibraryAccess) async throws -> ScopeResolution {
        guard let version, version != "latest" else { return .found }
        let rows = try await client.query(
            """
            select v.version from portolan.library_version v join portolan.library l on l.id = v.library_id
            where \(AccessFilter.version(access)) group by v.version order by v.version = \(version) desc, v.version limit \(Self.named)
            """)
        let versions = try rows.map { try $0.decode("version", as: String.self) }
        return versions.contains(version) ? .found : .unknownVersion(versions.sorted(by: VersionOrder.precedes))
    }

    package func cursorKey() async throws -> [UInt8] {
        let rows = try await withFaults { try await client.query("select value from portolan.secret where name = 'cursor'") }
        guard let row = rows.first else { throw Fault(.internal, code: "E_DATABASE", "The database has no cursor key.") }
        return try row.decode("value", as: [UInt8].self)
    }
}
