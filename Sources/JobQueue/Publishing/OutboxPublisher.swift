package import Domain
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
    private let onSent: @Sendable (_ priority: JobPriority, _ count: Int) -> Void

    /// - Parameter onSent: hears of messages that are in the stream of a priority.
    package init(
        _ client: PostgresClient, redis: RedisClient, settings: JobQueueSettings, logger: Logger,
        onSent: @escaping @Sendable (_ priority: JobPriority, _ count: Int) -> Void = { _, _ in }
    ) {
        self.client = client
        self.redis = redis
        self.settings = settings
        self.logger = logger
        self.onSent = onSent
    }

    // Inlined into its caller it crashes the optimizer of Swift 6.3 (splitting a coroutine).
    @inline(never)
    private static func envelopes(_ rows: [Waiting]) throws -> [RedisArgument] {
        try rows.map { RedisArgument.bytes(try $0.envelope().serialized()) }
    }

    /// Jobs of one page: one statement and one call to Redis for each stream.
    private static let page = 1000

    /// One round: releases what may run, then sends all that waits.
    /// - Returns: the number of messages sent.
    package func publish() async throws -> Int {
        // Whatever waits has a row; looking for jobs costs more, and there mostly are none.
        guard try await !client.query("select from portolan.outbox where published_at is null limit 1").isEmpty else { return 0 }
        try await release()
        var count = 0
        var page = try await waiting(after: 0, sent: [])
        while !page.isEmpty {
            try await send(page)
            count += page.count
            page = try await waiting(after: page.last?.id ?? 0, sent: page.map(\.id))
        }
        return count
    }

    private func send(_ page: [Waiting]) async throws {
        for (stream, rows) in Dictionary(grouping: page, by: \.stream) {
            let envelopes = try Self.envelopes(rows)
            _ = try await redis.run(Self.append, keys: [settings.stream(stream)], arguments: envelopes)
            onSent(rows[0].priority, rows.count)
            if logger.logLevel > .debug { continue }
            for row in rows {
                logger.debug("job published", metadata: ["job_id": "\(row.job)", "correlation_id": "\(row.correlationID)"])
            }
        }
    }

    /// Appends each argument as an entry, dropping old entries when the stream grows well past its bound.
    private static let append = RedisScript(
        "for _, e in ipairs(ARGV) do redis.call('XADD', KEYS[1], 'MAXLEN', '~', 100000, '*', 'e', e) end return #ARGV")

    /// Takes free slots: for those of high priority first, and among one priority for those that have waited longest. Of two slots or more at least
    /// one, and a fifth of them, is for normal ones as long as any wait, or whoever asks often enough would keep what is due by the clock waiting
    /// for ever. One job for each documentation at a time: a job that has begun and waits to be
    /// tried again keeps its documentation, or what it crawled would overwrite what a later job published meanwhile.
    private func release() async throws {
        _ = try await client.query(
            """
            with taken as (
              select count(*) as n, count(*) filter (where priority <> 'high') as normal from portolan.job
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
            ranked as (
              select *, row_number() over (partition by priority = 'high' order by created_at, id) as place from waiting),
            chosen as (
              select id from ranked
              order by (priority <> 'high' and place <= \(settings.normalSlots) - (select normal from taken)) desc,
                (priority = 'high') desc, created_at, id
              limit greatest(\(settings.slots) - (select n from taken), 0))
            update portolan.job set released_at = now() where id in (select id from chosen)
            """)
    }

    /// Marks `sent` as published and reads the next page behind the row `last`.
    private func waiting(after last: Int64, sent: [Int64]) async throws -> [Waiting] {
        let rows = try await client.query(
            """
            with marked as (update portolan.outbox set published_at = now() where id = any(\(sent)))
            select o.id, o.stream, o.job_id, j.documentation_id, j.correlation_id, j.traceparent, j.tracestate, j.attempt
            from portolan.outbox o join portolan.job j on j.id = o.job_id
            where o.published_at is null and o.id > \(last) and j.released_at is not null
              and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')
            order by o.id limit \(Self.page)
            """)
        return try rows.decode(as: (Int64.self, String.self, UUID.self, UUID.self, String.self, String?.self, String?.self, Int32.self)).map
        {
            Waiting(
                id: $0.0, stream: $0.1, job: JobID($0.2), documentation: DocumentationID($0.3), correlationID: $0.4, traceparent: $0.5,
                tracestate: $0.6, attempt: $0.7)
        }
    }
}

/// An outbox row whose job has its slot.
private struct Waiting {
    let id: Int64
    let stream: String
    let job: JobID
    let documentation: DocumentationID
    let correlationID: String
    let traceparent: String?
    let tracestate: String?
    /// Deliveries so far.
    let attempt: Int32

    /// A stream is named after its priority.
    var priority: JobPriority { JobPriority(rawValue: stream) ?? .normal }

    func envelope() throws -> Envelope {
        try Envelope(
            id: UUID.timeOrdered(), payload: IngestRun(jobID: job.uuid, documentationID: documentation.uuid), correlationID: correlationID,
            attempt: UInt32(attempt) + 1, enqueuedAtMilliseconds: Int64(Date().timeIntervalSince1970 * 1000),
            traceparent: traceparent ?? "", tracestate: tracestate ?? "", priority: priority == .high ? .high : .normal)
    }
}
