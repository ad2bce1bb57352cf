package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Leases of jobs: who may write for which job, and how a job ends other than by completing. One statement each, guarded in SQL.
package struct LeaseStore: Sendable {
    let client: PostgresClient
    let settings: JobQueueSettings

    package init(_ client: PostgresClient, settings: JobQueueSettings) {
        self.client = client
        self.settings = settings
    }

    /// What became of an attempt to lease a job.
    package enum Outcome: Sendable, Hashable {
        case leased(JobLease, attempt: Int, correlationID: String, traceparent: String?)
        /// Somebody else holds it, it has ended, or it is not released: the message is out of date.
        case notAvailable
    }

    /// Leases `job` for `holder`. A stop that was asked for meanwhile ends the job instead.
    package func lease(_ job: JobID, holder: String) async throws -> Outcome {
        let rows = try await client.query(
            """
            update portolan.job set
              status = case when stop_requested then 'STOPPED' else status end,
              finished_at = case when stop_requested then now() else finished_at end,
              lease_holder = case when stop_requested then null else \(holder) end,
              lease_expires_at = now() + \(settings.leaseDuration), fence = fence + 1, attempt = attempt + 1, progressed_at = now(),
              started_at = coalesce(started_at, now())
            where id = \(job.uuid) and status not in ('COMPLETED', 'FAILED', 'STOPPED') and released_at is not null
              and (lease_holder is null or lease_expires_at < now())
            returning fence, attempt, status, correlation_id, traceparent
            """)
        guard let row = rows.first, try row.decode("status", as: String.self) != JobStatus.stopped.rawValue else { return .notAvailable }
        return .leased(
            JobLease(job: job, fence: try row.decode("fence", as: Int64.self), holder: holder),
            attempt: Int(try row.decode("attempt", as: Int32.self)), correlationID: try row.decode("correlation_id", as: String.self),
            traceparent: try row.decode("traceparent", as: String?.self))
    }

    /// Renews the lease. While the holder's own write locks the job's row it changes nothing and does not wait, because other statements
    /// queue behind it on the same connection: the write protects the job meanwhile and lengthens the lease by the time that it took.
    /// - Returns: whether it still holds, and whether a stop is asked for.
    package func renew(_ lease: JobLease) async throws -> (held: Bool, stopRequested: Bool) {
        let rows = try await client.query(
            """
            with renewed as (
              update portolan.job set lease_expires_at = now() + \(settings.leaseDuration)
              where id in (select id from portolan.job where \(held(lease)) for no key update skip locked)
              returning stop_requested)
            select stop_requested from renewed union all select stop_requested from portolan.job where \(held(lease)) limit 1
            """)
        guard let row = rows.first else { return (false, false) }
        return (true, try row.decode("stop_requested", as: Bool.self))
    }

    /// Gives the job back untouched, for another worker to go on at once: a worker that shuts down. The attempt does not count.
    package func handBack(_ lease: JobLease) async throws {
        _ = try await client.query(
            """
            with back as (
              update portolan.job set lease_holder = null, lease_expires_at = null, fence = fence + 1, attempt = greatest(attempt - 1, 0)
              where \(held(lease)) returning id, priority)
            insert into portolan.outbox (job_id, stream) select id, priority from back
            """)
    }

    /// Ends the job as STOPPED.
    package func stop(_ lease: JobLease) async throws {
        _ = try await client.query(
            """
            update portolan.job set status = 'STOPPED', finished_at = now(), lease_holder = null, lease_expires_at = null
            where \(held(lease))
            """)
    }

    /// Ends the job as FAILED for a reason that a repetition would not change, and writes a dead letter where `dead` says so.
    package func fail(_ lease: JobLease, _ fault: Fault, dead: Bool) async throws {
        let reason = fault.description
        _ = try await client.query(
            """
            with failed as (
              update portolan.job set status = 'FAILED', fault = \(try Self.encode(fault))::jsonb, finished_at = now(), lease_holder = null,
                lease_expires_at = null
              where \(held(lease)) returning id, attempt)
            insert into portolan.dead_letter (job_id, kind, reason, attempts)
            select id, 'ingest.run', \(reason), attempt from failed where \(dead)
            """)
    }

    /// Gives up the lease and lets the job run again after `delay`, from the checkpoint that it reached.
    package func retry(_ lease: JobLease, after delay: Duration) async throws {
        _ = try await client.query(
            """
            with waiting as (
              update portolan.job set lease_holder = null, lease_expires_at = null, released_at = null, fence = fence + 1,
                not_before = now() + \(delay)
              where \(held(lease)) returning id, priority)
            insert into portolan.outbox (job_id, stream) select id, priority from waiting
            """)
    }

    private func held(_ lease: JobLease) -> SQL {
        """
        id = \(lease.job.uuid) and fence = \(lease.fence) and lease_holder = \(lease.holder)
        and status not in ('COMPLETED', 'FAILED', 'STOPPED')
        """
    }

    static func encode(_ fault: Fault) throws -> String {
        struct Stored: Encodable {
            let category: String, code: String, message: String, field: String?, limit: String?, hint: String?, isTransient: Bool
        }
        let stored = Stored(
            category: fault.category.rawValue, code: fault.code, message: fault.message, field: fault.field, limit: fault.limit,
            hint: fault.hint, isTransient: fault.isTransient)
        return String(decoding: try JSONEncoder().encode(stored), as: UTF8.self)
    }
}
