import Domain
import JobQueue
import Postgres
import Primitives
import Redis
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `Leases` {
    @Test func `One of many workers gets the job, and each lease has a higher fence`() async throws {
        try await withQueue { queue in
            let job = try await queue.submit()
            #expect(try await queue.lease(job.id) == nil, "It is not released yet.")
            _ = try await queue.publisher.publish()
            let leases = try await withThrowingTaskGroup(of: JobLease?.self) { group in
                for number in 0..<8 { group.addTask { try await queue.lease(job.id, holder: "w\(number)") } }
                return try await group.reduce(into: [JobLease]()) { if let lease = $1 { $0.append(lease) } }
            }
            #expect(leases.count == 1)
            #expect(try await queue.renew(leases[0]) == false)
            try await queue.settle(leases[0], .handBack)
            #expect(try await queue.renew(leases[0]) == nil)
            let next = try #require(await queue.lease(job.id, holder: "w9"))
            #expect(next.fence > leases[0].fence)
            #expect(try await queue.job(job.id).attempt == 1, "What is handed back does not count.")
        }
    }

    @Test func `The lease of a completed job holds for what its worker still has to do`() async throws {
        try await withQueue { queue in
            let lease = try await queue.leased()
            try await queue.complete(lease)
            _ = try await queue.client.query("update portolan.job set stop_requested = true")
            #expect(try await queue.renew(lease) == false, "Neither lost nor to be stopped.")
            #expect(try await queue.job(lease.job).status == .completed)
        }
    }

    @Test func `A worker that froze cannot write after its job was taken`() async throws {
        try await withQueue { queue in
            let frozen = try await queue.leased()
            _ = try await queue.client.query("update portolan.job set lease_expires_at = now() - interval '1 second'")
            #expect(try await queue.reaper.reap().reclaimed == 1)
            #expect(try await queue.publisher.publish() == 1)
            let next = try #require(await queue.lease(frozen.job, holder: "w2"))
            await #expect(throws: LeaseLoss.fenced) { try await queue.store.advance(frozen, to: .crawling) }
            try await queue.settle(frozen, .fail(Fault(.internal, code: "E_X", "x"), isDead: true))
            try await queue.settle(frozen, .stop)
            try await queue.settle(frozen, .retry(after: .zero))
            try await queue.settle(frozen, .handBack)
            #expect(try await queue.job(frozen.job).status == .pending)
            #expect(try await queue.renew(next) == false)
            #expect(try await queue.number("select count(*) from portolan.dead_letter") == 0)
            try await queue.complete(next)
        }
    }

    @Test func `A fault is kept with the job, with a dead letter where it was asked for`() async throws {
        try await withQueue { queue in
            let lease = try await queue.leased()
            let fault = Fault(.network, code: "E_GONE", "It is gone.", field: "web_url", limit: "1", hint: "Look.", isTransient: true)
            try await queue.settle(lease, .fail(fault, isDead: true))
            let job = try await queue.job(lease.job)
            #expect(job.status == .failed && job.fault == fault && job.finishedAt != nil)
            #expect(try await queue.number("select attempts::bigint from portolan.dead_letter") == 1)
            #expect(try await QueueGauges.read(queue.client).deadLetters == 1)
        }
    }

    @Test func `A stop that was asked for before the lease ends the job`() async throws {
        try await withQueue { queue in
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            _ = try await queue.client.query("update portolan.job set stop_requested = true")
            #expect(try await queue.lease(job.id) == nil)
            #expect(try await queue.job(job.id).status == .stopped)
        }
    }

    @Test func `The reaper reclaims what is lost, stops what was to stop, gives up what used up its attempts`() async throws {
        try await withQueue({ $0.slots = 10 }) { queue in
            let healthy = try await queue.leased("healthy")
            let expired = try await queue.leased("expired")
            let stalled = try await queue.leased("stalled")
            let stopped = try await queue.leased("stopped")
            let exhausted = try await queue.leased("exhausted")
            _ = try await queue.client.query(
                """
                update portolan.job set lease_expires_at = now() - interval '1 second'
                where id = any(\([expired.job.uuid, stopped.job.uuid, exhausted.job.uuid]))
                """)
            _ = try await queue.client.query(
                "update portolan.job set progressed_at = now() - interval '11 minutes' where id = \(stalled.job.uuid)")
            _ = try await queue.client.query("update portolan.job set stop_requested = true where id = \(stopped.job.uuid)")
            _ = try await queue.client.query("update portolan.job set attempt = 5 where id = \(exhausted.job.uuid)")
            let report = try await queue.reaper.reap()
            #expect(report.reclaimed == 2 && report.stopped == 1 && report.exhausted == 1 && report.republished == 0)
            #expect(try await queue.reaper.reap().isEmpty)
            #expect(try await queue.job(stopped.job).status == .stopped)
            let failed = try await queue.job(exhausted.job)
            #expect(failed.status == .failed && failed.fault?.code == "E_ATTEMPTS_EXHAUSTED")
            #expect(try await queue.number("select count(*) from portolan.dead_letter where job_id = \(exhausted.job.uuid)") == 1)
            #expect(try await queue.renew(healthy) != nil)
            #expect(try await queue.publisher.publish() == 2)
            for lease in [expired, stalled] {
                #expect(try await queue.renew(lease) == nil)
                #expect(try await queue.lease(lease.job, holder: "w2") != nil)
            }
        }
    }

    @Test func `A job that its worker is writing is not taken, and its renewal does not wait`() async throws {
        try await withQueue { queue in
            let lease = try await queue.leased()
            _ = try await queue.client.query("update portolan.job set lease_expires_at = now() - interval '1 second'")
            try await queue.client.withTransaction { connection in
                _ = try await connection.query("select from portolan.job where id = \(lease.job.uuid) for no key update")
                #expect(try await queue.reaper.reap().isEmpty)
                #expect(try await queue.renew(lease) == false)
            }
            #expect(try await queue.renew(lease) == false)
            #expect(try await queue.reaper.reap().isEmpty)
        }
    }

    @Test func `What Redis lost is sent again`() async throws {
        try await withQueue({ $0.republishAfter = .milliseconds(1) }) { queue in
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            _ = try await queue.redis.command("FLUSHALL")
            try await eventually { try await queue.reaper.reap().republished == 1 }
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await queue.messages() == 1)
            // A worker that holds it needs no message.
            #expect(try await queue.lease(job.id) != nil)
            #expect(try await queue.reaper.reap().isEmpty)
        }
    }

    @Test func `Gauges tell what waits, runs and has ended`() async throws {
        try await withQueue { queue in
            let lease = try await queue.leased("a")
            let ended = try await queue.leased("b")
            try await queue.complete(ended)
            try await queue.submit("c")
            for name in ["d", "e"] { try await queue.submit(name, priority: .high) }
            let gauges = try await QueueGauges.read(queue.client)
            let (high, normal) = (try #require(gauges.lines[.high]), try #require(gauges.lines[.normal]))
            #expect(normal.waiting == 1 && normal.running == 1 && gauges.unpublished == 0 && normal.oldestWaitingSeconds >= 0)
            #expect(high.waiting == 2 && high.running == 0)
            #expect(gauges.byStatus == ["PENDING": 4, "COMPLETED": 1])
            #expect(lease.fence == 1)
        }
    }

    @Test func `Of two who claim an office one leads, until its term ends or it resigns`() async throws {
        try await withQueue { queue in
            func office(_ holder: String, term: Duration = .seconds(60)) -> Leadership {
                Leadership(queue.client, name: "scheduler", holder: holder, term: term)
            }
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<6 { group.addTask { try await office("h\(number)").claim() } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
            let leader = try await queue.client.query("select holder from portolan.leader").single().decode(0, as: String.self)
            #expect(try await office(leader).claim())
            #expect(try await !office("next").claim())
            try await office("next").resign()
            #expect(try await office(leader).claim(), "Only who leads can resign.")
            try await office(leader).resign()
            #expect(try await office("next", term: .milliseconds(1)).claim())
            try await eventually { try await office("third").claim() }
            #expect(try await !office("next").claim())
        }
    }

    @Test func `Retention keeps what is needed`() async throws {
        try await withQueue { queue in
            let old = try await queue.leased()
            try await queue.store.saveVectors(
                old, profile: EmbeddingProfile(model: "m", revision: "1", dimension: 2, tokenLimit: 8), [([1], [1, 0]), ([2], [0, 1])])
            try await queue.complete(old)
            let open = try await queue.leased("other")
            _ = try await queue.client.query("insert into portolan.dead_letter (kind, reason, attempts) values ('x', 'x', 1)")
            try await Retention(queue.client).apply()
            #expect(try await queue.number("select count(*) from portolan.outbox") == 2)
            _ = try await queue.client.query("update portolan.job set finished_at = now() - interval '8 days' where status = 'COMPLETED'")
            _ = try await queue.client.query("update portolan.dead_letter set created_at = now() - interval '8 days'")
            _ = try await queue.client.query(
                "update portolan.embedding set created_at = now() - interval '2 days' where checksum = '\\x01'")
            try await Retention(queue.client).apply()
            #expect(try await queue.number("select count(*) from portolan.outbox where job_id = \(open.job.uuid)") == 1)
            #expect(try await queue.number("select count(*) from portolan.outbox") == 1)
            #expect(try await queue.number("select count(*) from portolan.dead_letter") == 0)
            #expect(try await queue.number("select count(*) from portolan.embedding") == 1)
        }
    }

    @Test func `What crawls saw goes with its time, of however many jobs, and stays of the last job of a documentation`() async throws {
        try await withQueue { queue in
            for _ in 0..<25 { try await queue.complete(try await queue.leased()) }
            let last = try await queue.leased()
            try await queue.complete(last)
            _ = try await queue.client.query(
                """
                insert into portolan.crawl_outcome (job_id, url, kind, reason, depth)
                select id, 'https://docs.example.com/', 'fetched', '', 0 from portolan.job
                """)
            _ = try await queue.client.query("update portolan.job set finished_at = now() - interval '8 days'")
            for left in [6, 1, 1] {
                try await Retention(queue.client).apply()
                #expect(try await queue.number("select count(*) from portolan.crawl_outcome") == left)
            }
            #expect(try await queue.number("select count(*) from portolan.crawl_outcome where job_id = \(last.job.uuid)") == 1)
        }
    }

    @Test func `The audit is kept for 90 days, in which nobody can change it, and no longer`() async throws {
        try await withQueue { queue in
            for days in [0, 89, 91] {
                _ = try await queue.client.query(
                    """
                    insert into portolan.audit (at, event, subject, role, client, method, route, status, duration_ms, code, reason, mcp_method,
                      tool, query_hash, request_id, correlation_id, trace_id)
                    values (now() - make_interval(days => \(Int32(days))), 'ok', 'token', '', '', 'GET', '/', 200, 1, '', '', '', '', '', 'r', '', '')
                    """)
            }
            for sql in ["update portolan.audit set subject = 'nobody'", "delete from portolan.audit", "truncate portolan.audit"] {
                let error = await #expect(throws: PostgresError.self) { try await queue.client.query(SQL(script: sql)) }
                #expect(error?.sqlState == "PT002", "\(sql)")
            }
            try await Retention(queue.client).apply()
            #expect(try await queue.number("select count(*) from portolan.audit") == 2)
        }
    }
}
