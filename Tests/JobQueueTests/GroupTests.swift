import Domain
import Postgres
import Primitives
import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite(.serialized) struct `Groups` {
    @Test func `Jobs are leased together, each with a fence of its own, and only those that can be had`() async throws {
        try await withQueue({ $0.slots = 3 }) { queue in
            var jobs: [JobID] = []
            for number in 0..<4 { jobs.append(try await queue.submit("lib\(number)").id) }
            _ = try await queue.publisher.publish()
            let taken = try #require(await queue.lease(jobs[0], holder: "w1"))
            let grants = try await queue.leases.lease(jobs + jobs, holder: "w2")
            #expect(Set(grants.map(\.lease.job)) == Set(jobs[1...2]), "One is taken, one has no slot.")
            #expect(grants.allSatisfy { $0.lease.fence == 1 && $0.attempt == 1 && $0.correlationID == "test" })
            _ = try await queue.client.query("update portolan.job set stop_requested = true where id = \(jobs[1].uuid)")
            let held = try await queue.leases.renew([taken] + grants.map(\.lease) + [JobLease(job: jobs[3], fence: 1, holder: "w2")])
            #expect(held.count == 3)
            #expect(held.filter(\.value).map(\.key.job) == [jobs[1]])
        }
    }

    @Test func `A job that is being written is left out of a group, which does not wait for it`() async throws {
        try await withQueue { queue in
            let (busy, free) = (try await queue.submit("busy").id, try await queue.submit("free").id)
            _ = try await queue.publisher.publish()
            try await queue.client.withTransaction { connection in
                _ = try await connection.query("select from portolan.job where id = \(busy.uuid) for no key update")
                #expect(try await queue.leases.lease([busy, free], holder: "w1").map(\.lease.job) == [free])
            }
            #expect(try await queue.lease(busy) != nil)
        }
    }

    @Test func `Jobs of all endings are settled together, and a lost lease changes nothing`() async throws {
        try await withQueue({ $0.slots = 6 }) { queue in
            var leases: [JobLease] = []
            for name in ["stop", "hand back", "retry", "fail", "dead", "lost"] { leases.append(try await queue.leased(name)) }
            let sent = try await queue.number("select count(*) from portolan.outbox")
            let fault = Fault(.network, code: "E_GONE", "It is gone.")
            leases[5] = JobLease(job: leases[5].job, fence: leases[5].fence + 1, holder: leases[5].holder)
            let kinds: [LeaseStore.Settlement.Kind] = [
                .stop, .handBack, .retry(after: .seconds(3600)), .fail(fault, isDead: false), .fail(fault, isDead: true), .stop,
            ]
            try await queue.leases.settle(zip(leases, kinds).map { LeaseStore.Settlement($0, $1) })
            var jobs: [Job] = []
            for lease in leases { jobs.append(try await queue.job(lease.job)) }
            #expect(jobs.map(\.status) == [.stopped, .pending, .pending, .failed, .failed, .pending])
            #expect(jobs.map(\.attempt) == [1, 0, 1, 1, 1, 1])
            #expect(jobs.map(\.fault) == [nil, nil, nil, fault, fault, nil])
            #expect(jobs.map { $0.finishedAt != nil } == [true, false, false, true, true, false])
            #expect(try await queue.number("select count(*) from portolan.outbox") == sent + 2)
            #expect(try await queue.number("select count(*) from portolan.dead_letter where job_id = \(leases[4].job.uuid)") == 1)
            #expect(try await queue.number("select count(*) from portolan.dead_letter") == 1)
            #expect(try await queue.number("select count(*) from portolan.job where lease_holder is not null") == 1)
            // What is tried again has given its slot back and waits its time; what was handed back goes on.
            #expect(try await queue.number("select count(*) from portolan.job where released_at is null and not_before > now()") == 1)
            #expect(try await queue.publisher.publish() == 1)
        }
    }

    @Test func `Many jobs end once each, whoever of two workers gets them`() async throws {
        try await withQueue({ $0.slots = 60 }) { queue in
            for number in 0..<60 { try await queue.submit("lib\(number)") }
            #expect(try await queue.publisher.publish() == 60)
            _ = try await queue.client.query("update portolan.outbox set published_at = null")
            #expect(try await queue.publisher.publish() == 60)
            let record = Locked<[JobEnd]>([])
            let ends = Signal()
            let consumers = ["c1", "c2"].map { name in
                queue.consumer(name, concurrency: 20, record: record, ends: ends) { _, _ in throw LeaseLoss.stopRequested }
            }
            try await queue.whileConsuming(consumers[0], consumers[1]) { try await ends.fulfillment(120) }
            #expect(record.withLock { $0.count { $0 == .stopped } } == 60)
            #expect(record.withLock { $0.count { $0 == .skipped } } == 60)
            #expect(try await QueueGauges.read(queue.client).byStatus == ["STOPPED": 60])
            #expect(try await queue.number("select max(fence) from portolan.job") == 1)
            #expect(try await queue.redis.pendingSummary(queue.settings.stream("normal"), group: JobQueueSettings.group).count == 0)
        }
    }

    @Test func `What arrives while a group is written goes together with the next`() async throws {
        let (began, mayGoOn) = (Signal(), Signal())
        let groups = Locked<[[Int]]>([])
        let writer = GroupWriter<Int>(limit: 3) { items in
            groups.withLock { $0.append(items) }
            began.fulfill()
            try await mayGoOn.fulfillment()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writer.write(0) }
            try await began.fulfillment()
            let queued = Signal()
            for number in 1...5 {
                group.addTask {
                    queued.fulfill()
                    try await writer.write(number)
                }
            }
            try await queued.fulfillment(5)
            mayGoOn.fulfill()
            try await group.waitForAll()
        }
        #expect(groups.withLock { $0.first } == [0])
        #expect(groups.withLock { $0.flatMap(\.self).sorted() } == [0, 1, 2, 3, 4, 5])
        #expect(groups.withLock { $0.allSatisfy { $0.count <= 3 } })
    }

    @Test(arguments: [true, false])
    func `One that cannot be written does not fail its group, an unreachable server fails all`(_ isOwnFault: Bool) async throws {
        struct Refusal: Error {}
        let (began, mayGoOn) = (Signal(), Signal())
        let writer = GroupWriter<Int>(isOwnFault: { _ in isOwnFault }) { items in
            if items == [0] {
                began.fulfill()
                return try await mayGoOn.fulfillment()
            }
            if !isOwnFault || items.contains(2) { throw Refusal() }
        }
        let written = Locked<Set<Int>>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await writer.write(0) }
            try await began.fulfillment()
            for number in 1...3 {
                group.addTask { if (try? await writer.write(number)) != nil { written.withLock { _ = $0.insert(number) } } }
            }
            mayGoOn.fulfill()
            try await group.waitForAll()
        }
        #expect(written.withLock { $0 } == (isOwnFault ? [1, 3] : []))
    }

    @Test func `A stored fault of a category that this release does not know is internal`() throws {
        let fault = Fault(.network, code: "E_GONE", "It is gone.", hint: "Look.", isTransient: true)
        let text = try fault.stored()
        #expect(try Fault(stored: text) == fault)
        #expect(try Fault(stored: text.replacing("network", with: "telepathy")).category == .internal)
    }
}
