package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Leases of jobs: who may write for which job, and how a job ends other than by completing. One statement for many jobs each, guarded in SQL.
///
/// Two workers may ask for the same jobs, so leasing and renewing skip what another statement holds instead of waiting for it in a circle.
/// Only its holder settles a job.
package struct LeaseStore: Sendable {
    let client: PostgresClient
    let settings: JobQueueSettings

    package init(_ client: PostgresClient, settings: JobQueueSettings) {
        self.client = client
        self.settings = settings
    }

    /// A lease, and what travels with its job.
    package struct Grant: Sendable, Hashable {
        package let lease: JobLease
        /// Deliveries so far, this one included.
        package let attempt: Int
        package let correlationID: String
        package let traceparent: String?
        package let tracestate: String?
        /// Since the job got its slot.
        package let waited: Duration
    }

    /// How a worker lets go of a job that it did not complete.
    package struct Settlement: Sendable {
        package enum Kind: Sendable {
            /// The job ends as STOPPED.
            case stop
            /// The job goes back untouched, for another worker to go on at once: a worker that shuts down. The attempt does not count.
            case handBack
            /// The job runs again after a while, from the checkpoint that it reached.
            case retry(after: Duration)
            /// The job ends as FAILED for a reason that a repetition would not change, with a dead letter where `isDead` says so.
            case fail(Fault, isDead: Bool)
        }

        let lease: JobLease
        let kind: Kind

        package init(_ lease: JobLease, _ kind: Kind) { (self.lease, self.kind) = (lease, kind) }
    }

    /// Leases those of `jobs` that can be had for `holder`. A stop that was asked for meanwhile ends the job instead.
    ///
    /// - Returns: what was leased, in no order. The rest is held by somebody, has ended, is not released, or is being written at this moment by
    ///   somebody who says himself how it goes on: the message is out of date.
    package func lease(_ jobs: [JobID], holder: String) async throws -> [Grant] {
        let rows = try await client.query(
            """
            with free as (
              select id from portolan.job
              where id = any(\(jobs.map(\.uuid))) and status not in ('COMPLETED', 'FAILED', 'STOPPED') and released_at is not null
                and (lease_holder is null or lease_expires_at < now())
              order by id for no key update skip locked)
            update portolan.job j set
              status = case when stop_requested then 'STOPPED' else status end,
              finished_at = case when stop_requested then now() else finished_at end,
              lease_holder = case when stop_requested then null else \(holder) end,
              lease_expires_at = now() + \(settings.leaseDuration), fence = fence + 1, attempt = attempt + 1, progressed_at = now(),
              started_at = coalesce(started_at, now())
            from free where j.id = free.id
            returning j.id, fence, attempt, correlation_id, traceparent, tracestate, lease_holder is not null,
              extract(epoch from now() - released_at)::float8
            """)
        return try rows.decode(as: (UUID.self, Int64.self, Int32.self, String.self, String?.self, String?.self, Bool.self, Double.self))
            .compactMap {
                row in
                guard row.6 else { return nil }
                return Grant(
                    lease: JobLease(job: JobID(row.0), fence: row.1, holder: holder), attempt: Int(row.2), correlationID: row.3,
                    traceparent: row.4, tracestate: row.5, waited: .seconds(max(0, row.7)))
            }
    }

    /// Renews leases. While a holder's own write locks its job's row, that one is not changed and nobody waits, because other statements
    /// queue behind it on the same connection: the write protects the job meanwhile and lengthens the lease by the time that it took.
    /// - Returns: those that still hold, each with whether a stop is asked for. The lease of a job that its holder has completed holds until it
    ///   is let go: what follows, such as the verification, is still that worker's.
    package func renew(_ leases: [JobLease]) async throws -> [JobLease: Bool] {
        let rows = try await client.query(
            """
            with asked as (\(Self.asked(leases))),
            renewed as (
              update portolan.job set lease_expires_at = now() + \(settings.leaseDuration)
              where id in (
                select j.id from asked join portolan.job j on \(Self.held) order by j.id for no key update of j skip locked))
            select asked.n, j.stop_requested and j.status <> 'COMPLETED' from asked join portolan.job j on \(Self.held)
              or j.id = asked.id and j.fence = asked.fence and j.status = 'COMPLETED'
            """)
        return Dictionary(
            try rows.decode(as: (Int.self, Bool.self)).map { (leases[$0.0 - 1], $0.1) }, uniquingKeysWith: { $0 || $1 })
    }

    /// Lets go of jobs; a lease that no longer holds changes nothing.
    package func settle(_ settlements: [Settlement]) async throws {
        var (kinds, delays, faults, reasons, dead): ([String], [Double], [String?], [String], [Bool]) = ([], [], [], [], [])
        for settlement in settlements {
            var (delay, fault, reason, isDead): (Duration, String?, String, Bool) = (.zero, nil, "", false)
            switch settlement.kind {
            case .stop: kinds.append("stop")
            case .handBack: kinds.append("hand back")
            case .retry(let after):
                kinds.append("retry")
                delay = after
            case .fail(let why, let wantsLetter):
                kinds.append("fail")
                (fault, reason, isDead) = (try why.stored(), why.description, wantsLetter)
            }
            delays.append(delay.seconds)
            faults.append(fault)
            reasons.append(reason)
            dead.append(isDead)
        }
        let leases = settlements.map(\.lease)
        _ = try await client.query(
            """
            with settled as (
              update portolan.job j set
                status = case asked.kind when 'stop' then 'STOPPED' when 'fail' then 'FAILED' else status end,
                finished_at = case when asked.kind in ('stop', 'fail') then now() else finished_at end,
                fault = coalesce(asked.fault::jsonb, j.fault), lease_holder = null, lease_expires_at = null,
                fence = j.fence + case when asked.kind in ('retry', 'hand back') then 1 else 0 end,
                attempt = case when asked.kind = 'hand back' then greatest(attempt - 1, 0) else attempt end,
                released_at = case when asked.kind = 'retry' then null else released_at end,
                not_before = case when asked.kind = 'retry' then now() + make_interval(secs => asked.delay) else not_before end
              from unnest(
                \(leases.map(\.job.uuid)), \(leases.map(\.fence)), \(leases.map(\.holder)), \(kinds), \(delays), \(faults), \(reasons), \(dead))
                as asked (id, fence, holder, kind, delay, fault, reason, is_dead)
              where \(Self.held)
              returning j.id, asked.kind, j.priority, j.attempt, asked.reason, asked.is_dead),
            again as (
              insert into portolan.outbox (job_id, stream) select id, priority from settled where kind in ('retry', 'hand back'))
            insert into portolan.dead_letter (job_id, kind, reason, attempts)
            select id, 'ingest.run', reason, attempt from settled where is_dead
            """)
    }

    /// The leases as rows (n, id, fence, holder); n counts from 1.
    private static func asked(_ leases: [JobLease]) -> SQL {
        """
        select * from unnest(\(leases.map(\.job.uuid)), \(leases.map(\.fence)), \(leases.map(\.holder))) with ordinality
          as a (id, fence, holder, n)
        """
    }

    /// Whether a row of ``asked(_:)`` still holds the job `j`.
    private static let held: SQL = """
        j.id = asked.id and j.fence = asked.fence and j.lease_holder = asked.holder and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')
        """
}
