package import Domain
package import Postgres

/// The state of the queue as the metrics show it, read from Postgres: the truth, also while Redis is away.
package struct QueueGauges: Sendable, Hashable {
    /// Jobs of one priority.
    package struct Line: Sendable, Hashable {
        /// Unfinished jobs that no worker holds.
        package var waiting = 0
        /// Jobs that a worker holds.
        package var running = 0
        /// Age in seconds of the oldest job that waits; 0 when none does.
        package var oldestWaitingSeconds = 0.0
    }

    /// Unfinished jobs, by priority; all priorities are there.
    package let lines: [JobPriority: Line]
    /// Outbox rows that wait for the publisher although their job has its slot.
    package let unpublished: Int
    /// Age in seconds of the oldest of these rows; 0 when there is none.
    package let oldestUnpublishedSeconds: Double
    /// Dead letters of the last 24 hours.
    package let deadLetters: Int
    /// Jobs by state.
    package let byStatus: [String: Int]

    /// Reads the gauges, from three statements.
    package static func read(_ client: PostgresClient) async throws -> QueueGauges {
        let rows = try await client.query(
            """
            select
              (select count(*) from portolan.outbox o join portolan.job j on j.id = o.job_id where o.published_at is null
                and j.released_at is not null and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')) as unpublished,
              (select coalesce(extract(epoch from now() - min(o.created_at)), 0)::float8 from portolan.outbox o
                join portolan.job j on j.id = o.job_id where o.published_at is null and j.released_at is not null
                and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')) as oldest_unpublished,
              (select count(*) from portolan.dead_letter where created_at > now() - interval '24 hours') as dead
            """)
        let states = try await client.query("select status, count(*) as n from portolan.job group by status")
        var byStatus: [String: Int] = [:]
        for row in states { byStatus[try row.decode("status", as: String.self)] = try row.decode("n", as: Int.self) }
        let open = try await client.query(
            """
            select priority, count(*) filter (where lease_holder is null) as waiting, count(lease_holder) as running,
              coalesce(extract(epoch from now() - min(created_at) filter (where lease_holder is null)), 0)::float8 as oldest
            from portolan.job where status not in ('COMPLETED', 'FAILED', 'STOPPED') group by priority
            """)
        var lines = Dictionary(uniqueKeysWithValues: JobPriority.allCases.map { ($0, Line()) })
        for row in open {
            guard let priority = JobPriority(rawValue: try row.decode("priority", as: String.self)) else { continue }
            lines[priority] = Line(
                waiting: try row.decode("waiting", as: Int.self), running: try row.decode("running", as: Int.self),
                oldestWaitingSeconds: try row.decode("oldest", as: Double.self))
        }
        guard let row = rows.first else { throw PostgresError(.decoding, "The gauges returned no row.") }
        return QueueGauges(
            lines: lines, unpublished: try row.decode("unpublished", as: Int.self),
            oldestUnpublishedSeconds: try row.decode("oldest_unpublished", as: Double.self),
            deadLetters: try row.decode("dead", as: Int.self), byStatus: byStatus)
    }
}
