import Domain
import FoundationEssentials
package import Logging
import Messages
package import Postgres
import Primitives
package import Redis

/// Moves the outbox to the streams: releases jobs while slots are free, in order, then sends their messages.
///
/// The slot is taken in Postgres before the message is sent, so a crash in between leaves a released job whose outbox row is still
/// waiting: the next round sends it. A crash after sending sends it twice, which the lease makes harmless.
package struct OutboxPublisher: Sendable {
    let client: PostgresClient
    let redis: RedisClient
    let settings: JobQueueSettings
    let logger: Logger

    package init(_ client: PostgresClient, redis: RedisClient, settings: JobQueueSettings, logger: Logger) {
        self.client = client
        self.redis = redis
        self.settings = settings
        self.logger = logger
    }

    /// One round.
    /// - Returns: the number of messages sent.
    package func publish() async throws -> Int {
        try await release()
        // By stream, in order: a round costs one call to Redis for each stream and one statement, however many jobs it has.
        var sent: [Int64] = []
        for (stream, rows) in Dictionary(grouping: try await waiting(), by: { (try? $0.decode("stream", as: String.self)) ?? "normal" }) {
            let envelopes = try rows.map(Self.envelope)
            _ = try await redis.run(
                Self.append, keys: [settings.stream(stream)], arguments: try envelopes.map { .bytes(try $0.serialized()) })
            for (row, envelope) in zip(rows, envelopes) {
                sent.append(try row.decode("id", as: Int64.self))
                let job = try row.decode("job_id", as: UUID.self).uuidString.lowercased()
                logger.debug("job published", metadata: ["job_id": "\(job)", "correlation_id": "\(envelope.correlationID)"])
            }
        }
        if !sent.isEmpty { _ = try await client.query("update portolan.outbox set published_at = now() where id = any(\(sent))") }
        return sent.count
    }

    /// Appends each argument as an entry, dropping old entries when the stream grows well past its bound.
    private static let append = RedisScript(
        "for _, e in ipairs(ARGV) do redis.call('XADD', KEYS[1], 'MAXLEN', '~', 100000, '*', 'e', e) end return #ARGV")

    private static func envelope(_ row: Row) throws -> Envelope {
        let message = IngestRun(
            jobID: try row.decode("job_id", as: UUID.self), documentationID: try row.decode("documentation_id", as: UUID.self))
        return try Envelope(
            id: UUID.timeOrdered(), payload: message, correlationID: try row.decode("correlation_id", as: String.self),
            attempt: UInt32(try row.decode("attempt", as: Int32.self)) + 1,
            enqueuedAtMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
            traceparent: try row.decode("traceparent", as: String?.self) ?? "")
    }

    /// Takes free slots for the jobs that have waited longest, one for each documentation at a time: a job that has begun and waits to be
    /// tried again keeps its documentation, or what it crawled would overwrite what a later job published meanwhile.
    private func release() async throws {
        _ = try await client.query(
            """
            with taken as (
              select count(*) as n from portolan.job
              where released_at is not null and status not in ('COMPLETED', 'FAILED', 'STOPPED')),
            waiting as (
              select distinct on (j.documentation_id) j.id, j.documentation_id, j.priority, j.created_at
              from portolan.job j
              where j.status not in ('COMPLETED', 'FAILED', 'STOPPED') and j.released_at is null and j.not_before <= now()
                and not exists (
                  select from portolan.job busy where busy.documentation_id = j.documentation_id and busy.id <> j.id
                  and (busy.released_at is not null or busy.started_at is not null)
                  and busy.status not in ('COMPLETED', 'FAILED', 'STOPPED'))
              order by j.documentation_id, (j.priority = 'high') desc, j.created_at, j.id),
            chosen as (
              select id from waiting order by (priority = 'high') desc, created_at, id
              limit greatest(\(settings.slots) - (select n from taken), 0))
            update portolan.job set released_at = now() where id in (select id from chosen)
            """)
    }

    private func waiting() async throws -> Rows {
        try await client.query(
            """
            select o.id, o.job_id, o.stream, j.documentation_id, j.correlation_id, j.traceparent, j.attempt
            from portolan.outbox o join portolan.job j on j.id = o.job_id
            where o.published_at is null and j.released_at is not null and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')
            order by o.id limit 500
            """)
    }
}
