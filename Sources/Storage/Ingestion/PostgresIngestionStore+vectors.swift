import Digests
package import Domain
import Postgres

extension PostgresIngestionStore {
    package func stalePages(
        _ documentation: DocumentationID, chunking: String, profile: EmbeddingProfile?
    ) async throws -> Set<String> {
        try await withFaults {
            var condition: SQL = "s.chunking <> \(chunking)"
            if let profile {
                let id = try await Self.profileID(profile, client)
                condition.append(
                    """
                     or exists (select from portolan.chunk c where c.section_id = s.id and not exists (
                      select from portolan.embedding e where e.profile_id = \(id)::smallint and e.checksum = c.checksum))
                    """)
            }
            let rows = try await client.query(
                "select distinct page_path from portolan.section s where s.documentation_id = \(documentation.uuid) and (\(condition))")
            return Set(try rows.map { try $0.decode("page_path", as: String.self) })
        }
    }

    package func checksumsWithoutVector(_ checksums: [[UInt8]], profile: EmbeddingProfile) async throws -> Set<[UInt8]> {
        if checksums.isEmpty { return [] }
        return try await withFaults {
            let id = try await Self.profileID(profile, client)
            let rows = try await client.query(
                """
                select wanted.checksum from (select distinct decode(x, 'hex') as checksum from unnest(\(checksums.map(\.hexadecimal))::text[]) x) wanted
                where not exists (
                  select from portolan.embedding e where e.profile_id = \(id)::smallint and e.checksum = wanted.checksum)
                """)
            return Set(try rows.map { try $0.decode("checksum", as: [UInt8].self) })
        }
    }

    package func saveVectors(
        _ lease: JobLease, profile: EmbeddingProfile, _ vectors: [(checksum: [UInt8], vector: [Float])]
    ) async throws {
        if vectors.isEmpty { return }
        let id = try await withFaults { try await Self.profileID(profile, client) }
        let checksums = vectors.map(\.checksum.hexadecimal)
        let texts = vectors.map { VectorText.dense($0.vector) }
        try await guarded(lease) { connection, _ in
            _ = try await connection.query(
                """
                insert into portolan.embedding (profile_id, checksum, vector)
                select \(id)::smallint, decode(c, 'hex'), v::halfvec from unnest(\(checksums)::text[], \(texts)::text[]) as t (c, v)
                on conflict (profile_id, checksum) do nothing
                """)
            // Counted where they are stored: after a crash nobody could tell them from vectors that were there before.
            _ = try await connection.query(
                """
                update portolan.job set chunks_embedded = chunks_embedded + \(Int32(vectors.count)), progressed_at = now()
                where id = \(lease.job.uuid)
                """)
        }
    }

    /// The profile's number, which is made with its partition and index when it is new.
    static func profileID(_ profile: EmbeddingProfile, _ client: PostgresClient) async throws -> Int32 {
        let rows = try await client.query(
            """
            select portolan.ensure_profile(
              \(profile.model), \(profile.revision), \(Int32(profile.dimension)), \(Int32(profile.tokenLimit)))::int as id
            """)
        guard let row = rows.first else { throw Fault(.internal, code: "E_DATABASE", "The database returned no profile.") }
        return try row.decode("id", as: Int32.self)
    }
}
