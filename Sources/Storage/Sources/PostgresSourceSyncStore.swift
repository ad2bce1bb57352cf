package import Domain
import FoundationEssentials
package import Postgres

/// Looks and webhooks, on the rows of the sources.
package struct PostgresSourceSyncStore: SourceSyncStore {
    let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func claimDue(limit: Int, openJobs: Int, holder: String, term: Duration) async throws -> [DueSource] {
        try await withFaults {
            let rows = try await client.query(
                """
                with due as (
                  select s.id from portolan.source s
                  where s.next_poll_at <= now() and not s.is_paused and (s.poll_expires_at is null or s.poll_expires_at < now())
                    and not exists (select from portolan.job j where j.source_id = s.id
                      and j.status not in ('COMPLETED', 'FAILED', 'STOPPED'))
                    and (select count(*) from portolan.job where status not in ('COMPLETED', 'FAILED', 'STOPPED')) < \(openJobs)
                  order by s.next_poll_at limit \(limit) for update of s skip locked),
                taken as (
                  update portolan.source s set poll_holder = \(holder), poll_expires_at = now() + \(term) from due where s.id = due.id
                  returning s.id)
                select \(SourceRow.columns), s.sync_is_repair, last.status as last_status, last.fault::text as last_fault,
                  exists (select from portolan.crawl_outcome o where o.job_id = last.id and o.is_transient) as left_pages
                from taken join \(SourceRow.tables) on s.id = taken.id
                left join lateral (select j.id, j.status, j.fault from portolan.job j where j.source_id = s.id
                  order by j.created_at desc limit 1) last on true
                """)
            return try rows.map { row in
                let fault = try row.decode("last_fault", as: String?.self).map { try Fault(stored: $0) }
                return DueSource(
                    source: try SourceRow.source(row), requestedAt: try row.decode("sync_requested_at", as: Date?.self),
                    isRepair: try row.decode("sync_is_repair", as: Bool.self),
                    lastJob: try row.decode("last_status", as: String?.self).flatMap(JobStatus.init(rawValue:)), lastFault: fault,
                    leftPages: try row.decode("left_pages", as: Bool.self), failures: Int(try row.decode("failures", as: Int32.self)))
            }
        }
    }

    package func settle(_ due: DueSource, _ result: PollResult, holder: String) async throws {
        let fault = try result.fault?.stored()
        try await withFaults {
            _ = try await client.query(
                """
                update portolan.source set state = \(result.state.rawValue), fault = \(fault)::jsonb, failures = \(result.failures),
                  polled_at = now(), poll_holder = null, poll_expires_at = null,
                  queued = queued + \(result.didQueue ? 1 : 0), errors = errors + \(result.didFail ? 1 : 0),
                  next_poll_at = case when sync_requested_at is distinct from \(due.requestedAt) then now()
                    else \(result.nextPollAt) end,
                  sync_requested_at = case when sync_requested_at is distinct from \(due.requestedAt) or \(result.didFail)
                    then sync_requested_at end
                where id = \(due.source.id.uuid) and poll_holder = \(holder)
                """)
        }
    }

    package func receive(kind: SourceKind, delivery: String, event: String, subject: String?) async throws -> Int? {
        try await withFaults {
            try await client.withTransaction { connection in
                _ = try await connection.query("delete from portolan.webhook_delivery where received_at < now() - interval '24 hours'")
                let fresh = try await connection.query(
                    """
                    insert into portolan.webhook_delivery (kind, delivery, event) values (\(kind.rawValue), \(delivery), \(event))
                    on conflict do nothing returning 1
                    """)
                guard !fresh.isEmpty else { return nil }
                let marked = try await connection.query(
                    """
                    update portolan.source set sync_requested_at = clock_timestamp(), sync_is_repair = false, next_poll_at = now(),
                      received = received + 1
                    where kind = \(kind.rawValue) and (\(subject)::text is null or subject is null or subject = \(subject)) returning 1
                    """)
                _ = try await connection.query("select pg_notify('portolan_sources', '')")
                return marked.count
            }
        }
    }

    package func keepHandshake(kind: SourceKind, token: String, replaces: Bool) async throws -> Bool {
        try await withFaults {
            let kept = try await client.query(
                """
                insert into portolan.webhook_handshake as h (kind, token) values (\(kind.rawValue), \(token))
                on conflict (kind) do update set token = excluded.token, received_at = now() where \(replaces) or h.token = excluded.token
                returning 1
                """)
            return !kept.isEmpty
        }
    }

    package func dropHandshake(kind: SourceKind) async throws -> Bool {
        try await withFaults {
            try await !client.query("delete from portolan.webhook_handshake where kind = \(kind.rawValue) returning 1").isEmpty
        }
    }

    package func webhooks() async throws -> [WebhookStatus] {
        try await withFaults {
            let rows = try await client.query(
                """
                select coalesce(d.kind, h.kind) as kind, coalesce(d.n, 0) as n, d.last, h.token from (
                  select kind, count(*) as n, max(received_at) as last from portolan.webhook_delivery
                  where received_at > now() - interval '24 hours' group by kind) d
                full join portolan.webhook_handshake h on h.kind = d.kind order by 1
                """)
            return try rows.map { row in
                WebhookStatus(
                    kind: try row.decode("kind", as: String.self), received: try row.decode("n", as: Int.self),
                    lastReceivedAt: try row.decode("last", as: Date?.self), handshakeToken: try row.decode("token", as: String?.self))
            }
        }
    }

    package func countsByState() async throws -> [SourceState: Int] {
        try await withFaults {
            let rows = try await client.query(
                """
                select state, count(*) as n from (select \(SourceRow.columns) from \(SourceRow.tables)) s group by state
                """)
            return try rows.reduce(into: [:]) { counts, row in
                if let state = SourceState(rawValue: try row.decode("state", as: String.self)) {
                    counts[state] = try row.decode("n", as: Int.self)
                }
            }
        }
    }
}
