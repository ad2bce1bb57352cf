package import Postgres
import Primitives

/// Deletes what nobody needs any more: sent outbox rows, old dead letters, kept replies after a day, notices after 30 days, events and the audit
/// after 90 days, crawl outcomes of old jobs, raw pages past their time, vectors without a chunk.
package struct Retention: Sendable {
    private static let longestRound = Duration.seconds(300)
    let client: PostgresClient

    /// How long pages are kept as they were read.
    let rawPages: Duration

    /// - Parameter rawPages: how long pages are kept as they were read, in whole seconds.
    package init(_ client: PostgresClient, rawPages: Duration = .seconds(30 * 86_400)) {
        (self.client, self.rawPages) = (client, rawPages)
    }

    /// One round; each step is one statement and bounded, so that a round never holds locks for long. On a connection of its own: on a shared
    /// one a statement that looks through a large table would be ended by the server.
    package func apply() async throws {
        try await client.withConnection(deadline: .after(Self.longestRound)) { try await apply(on: $0) }
    }

    private func apply(on connection: PostgresConnection) async throws {
        _ = try await connection.query(
            """
            delete from portolan.outbox where id in (
              select o.id from portolan.outbox o join portolan.job j on j.id = o.job_id
              where j.status in ('COMPLETED', 'FAILED', 'STOPPED') and j.finished_at < now() - interval '1 hour' limit 5000)
            """)
        _ = try await connection.query(
            """
            delete from portolan.dead_letter where ctid = any (array(
              select ctid from portolan.dead_letter where created_at < now() - interval '24 hours' limit 5000))
            """)
        _ = try await connection.query(
            """
            delete from portolan.notice where ctid = any (array(
              select ctid from portolan.notice where created_at < now() - interval '30 days' limit 5000))
            """)
        _ = try await connection.query(
            """
            delete from portolan.kept_reply where ctid = any (array(
              select ctid from portolan.kept_reply where created_at < now() - interval '24 hours' limit 5000))
            """)
        _ = try await connection.query(
            "delete from portolan.event where id in (select id from portolan.event where at < now() - interval '90 days' limit 5000)")
        _ = try await connection.query(
            "delete from portolan.audit where id in (select id from portolan.audit where at < now() - interval '90 days' limit 5000)")
        _ = try await connection.query(
            """
            delete from portolan.crawl_outcome where job_id in (
              select j.id from portolan.job j where j.finished_at < now() - interval '7 days'
                and exists (select from portolan.crawl_outcome o where o.job_id = j.id)
                and exists (
                  select from portolan.job later where later.documentation_id = j.documentation_id and later.created_at > j.created_at)
              order by j.finished_at limit 20)
            """)
        // A few at a time: each is as large as a page.
        _ = try await connection.query(
            """
            delete from portolan.raw_page where (documentation_id, path) in (
              select documentation_id, path from portolan.raw_page
              where fetched_at < now() - make_interval(secs => \(Double(rawPages.components.seconds))) order by fetched_at limit 2000)
            """)
        // A day of grace: a job that is running may have stored vectors whose chunks it has not published yet.
        _ = try await connection.query(
            """
            delete from portolan.embedding e where (e.profile_id, e.checksum) in (
              select o.profile_id, o.checksum from portolan.embedding o where o.created_at < now() - interval '1 day'
                and not exists (select from portolan.chunk c where c.checksum = o.checksum) limit 2000)
            """)
    }
}
