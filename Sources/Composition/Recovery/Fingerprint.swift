import Postgres

/// The documentations of a database: numbers of rows, and checksums over everything that a reader gets.
struct Fingerprint: Sendable, Equatable {
    /// By table.
    let rows: [String: Int]
    /// By table.
    let checksums: [String: String]

    private static let counted = [
        "library", "library_version", "documentation", "source", "page", "section", "chunk", "term_statistic", "embedding", "job",
        "crawl_outcome", "verification",
    ]
    /// What is put in order and digested.
    private static let digested: [(table: String, SQL)] = [
        (
            "section",
            """
            select md5(coalesce(string_agg(md5(s.path || s.title || s.content || encode(s.checksum, 'hex')), '' order by s.path, s.id), '')) as sum
            from portolan.section s
            """
        ),
        (
            "chunk",
            """
            select md5(coalesce(string_agg(encode(c.checksum, 'hex') || c.ordinal, '' order by c.id), '')) as sum from portolan.chunk c
            """
        ),
        (
            "embedding",
            """
            select md5(coalesce(string_agg(encode(e.checksum, 'hex') || md5(e.vector::text), '' order by e.checksum), '')) as sum
            from portolan.embedding e
            """
        ),
    ]

    init(_ client: PostgresClient) async throws {
        var rows: [String: Int] = [:]
        for table in Self.counted {
            // Names of this list only.
            let count = try await client.query(SQL(script: "select count(*) as n from portolan.\(table)")).single()
            rows[table] = Int(try count.decode("n", as: Int64.self))
        }
        var checksums: [String: String] = [:]
        for (table, statement) in Self.digested {
            checksums[table] = try await client.query(statement).single().decode("sum", as: String.self)
        }
        (self.rows, self.checksums) = (rows, checksums)
    }
}
