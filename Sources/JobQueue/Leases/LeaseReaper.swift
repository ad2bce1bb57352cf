import Domain
package import Postgres

/// Takes jobs from workers that died or hang, and sends again what Redis lost. Runs in the leading scheduler.
package struct LeaseReaper: Sendable {
    let client: PostgresClient
    let settings: JobQueueSettings

    package init(_ client: PostgresClient, settings: JobQueueSettings) {
        self.client = client
        self.settings = settings
    }

    /// What one round did.
    package struct Report: Sendable, Hashable {
        /// Jobs taken from a worker and sent again.
        package var reclaimed = 0
        /// Jobs ended as STOPPED for a worker that died before it could.
        package var stopped = 0
        /// Jobs ended as FAILED because they used up their attempts.
        package var exhausted = 0
        /// Released jobs that nobody took, sent again.
        package var republished = 0

        /// Whether the round found nothing to do.
        package var isEmpty: Bool { reclaimed + stopped + exhausted + republished == 0 }
    }

    /// One round. Each step is one statement, so a crash between two leaves nothing half done.
    package func reap() async throws -> Report {
        var report = Report()
        report.stopped = try await count(
            """
            update portolan.job set status = 'STOPPED', finished_at = now(), lease_holder = null, lease_expires_at = null, fence = fence + 1
            where stop_requested and status not in ('COMPLETED', 'FAILED', 'STOPPED') and \(lost) returning id
            """)
        let fault = Fault(
            .internal, code: "E_ATTEMPTS_EXHAUSTED",
            "The job was given up after \(settings.maxAttempts) attempts, each of which ended without a result.",
            limit: "\(settings.maxAttempts) attempts", hint: "Read the worker's log for the job, then start a new job.")
        report.exhausted = try await count(
            """
            with failed as (
              update portolan.job set status = 'FAILED', fault = \(try fault.stored())::jsonb, finished_at = now(),
                lease_holder = null, lease_expires_at = null, fence = fence + 1
              where status not in ('COMPLETED', 'FAILED', 'STOPPED') and \(lost) and attempt >= \(Int32(settings.maxAttempts))
              returning id, attempt)
            insert into portolan.dead_letter (job_id, kind, reason, attempts)
            select id, 'ingest.run', \(fault.description), attempt from failed returning id
            """)
        report.reclaimed = try await count(
            """
            with free as (
              update portolan.job set lease_holder = null, lease_expires_at = null, fence = fence + 1, progressed_at = now()
              where status not in ('COMPLETED', 'FAILED', 'STOPPED') and \(lost) returning id, priority)
            insert into portolan.outbox (job_id, stream) select id, priority from free returning id
            """)
        report.republished = try await count(
            """
            insert into portolan.outbox (job_id, stream)
            select j.id, j.priority from portolan.job j
            where j.status not in ('COMPLETED', 'FAILED', 'STOPPED') and j.released_at is not null and j.lease_holder is null
              and not exists (select from portolan.outbox o where o.job_id = j.id
                and (o.published_at is null or o.published_at > now() - \(settings.republishAfter)))
            returning id
            """)
        return report
    }

    /// Held, but the lease ran out or nothing has moved for too long. A job whose row is locked is being written by its worker:
    /// it is alive, however long the write takes.
    private var lost: SQL {
        """
        id in (
          select id from portolan.job where lease_holder is not null and status not in ('COMPLETED', 'FAILED', 'STOPPED')
            and (lease_expires_at < now() or progressed_at < now() - \(settings.stallLimit))
          for no key update skip locked)
        """
    }

    private func count(_ sql: SQL) async throws -> Int { try await client.query(sql).count }
}
