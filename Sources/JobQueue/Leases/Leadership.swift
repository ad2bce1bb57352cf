package import Postgres

/// Which of the schedulers acts: a row with a term, so that exactly one does and another takes over when it dies.
package struct Leadership: Sendable {
    let client: PostgresClient
    /// What is led.
    package let name: String
    /// Who asks.
    package let holder: String
    let term: Duration

    package init(_ client: PostgresClient, name: String, holder: String, term: Duration) {
        self.client = client
        self.name = name
        self.holder = holder
        self.term = term
    }

    /// Takes or renews the office.
    /// - Returns: whether `holder` leads until a term from now.
    package func claim() async throws -> Bool {
        let rows = try await client.query(
            """
            insert into portolan.leader as l (name, holder, expires_at) values (\(name), \(holder), now() + \(term))
            on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
              fence = case when l.holder = excluded.holder then l.fence else l.fence + 1 end
            where l.holder = excluded.holder or l.expires_at < now()
            returning fence
            """)
        return !rows.isEmpty
    }

    /// Gives the office up, so that a successor need not wait for the end of the term.
    package func resign() async throws {
        _ = try await client.query("delete from portolan.leader where name = \(name) and holder = \(holder)")
    }
}
