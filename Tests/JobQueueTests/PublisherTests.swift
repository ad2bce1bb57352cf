import Domain
import JobQueue
import Logging
import Messages
import Postgres
import Primitives
import Redis
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The publisher` {
    private func released(_ queue: Queue) async throws -> [String] {
        try await queue.client.query(
            """
            select l.name from portolan.job j join portolan.documentation d on d.id = j.documentation_id
            join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
            where j.released_at is not null and j.status = 'PENDING' order by l.name
            """
        ).decodeColumn(as: String.self)
    }

    @Test func `At most as many jobs as there are slots are released, high before normal, else in order`() async throws {
        try await withQueue { queue in
            for name in ["a", "b", "c", "d"] { try await queue.submit(name) }
            try await queue.submit("z", priority: .high)
            let sent = Locked<[JobPriority: Int]>([:])
            let publisher = OutboxPublisher(queue.client, redis: queue.redis, settings: queue.settings, logger: .init(label: "test")) {
                (priority, count) in sent.withLock { $0[priority, default: 0] += count }
            }
            #expect(try await publisher.publish() == 3)
            #expect(sent.withLock { $0 } == [.high: 1, .normal: 2])
            #expect(try await released(queue) == ["a", "b", "z"])
            #expect(try await queue.redis.streamLength(queue.settings.stream("high")) == 1)
            #expect(try await queue.redis.streamLength(queue.settings.stream("normal")) == 2)
            #expect(try await queue.publisher.publish() == 0)
            let first = try #require(
                try await queue.jobs.jobs(status: .pending, documentation: nil, limit: 9, offset: 0, access: .all).jobs.last)
            try await queue.complete(try #require(await queue.lease(first.id)))
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await released(queue) == ["b", "c", "z"])
        }
    }

    @Test func `However many wait for a job of high priority, those that nobody waits for keep a slot`() async throws {
        try await withQueue { queue in
            for number in 0..<4 { try await queue.submit("h\(number)", priority: .high) }
            for number in 0..<2 { try await queue.submit("n\(number)") }
            #expect(try await queue.publisher.publish() == 3)
            #expect(try await released(queue) == ["h0", "h1", "n0"])
            let jobs = try await queue.jobs.jobs(status: .pending, documentation: nil, limit: 9, offset: 0, access: .all).jobs
            func complete(_ library: String) async throws {
                let job = try #require(jobs.first { $0.library == library })
                #expect(job.priority == (library.hasPrefix("h") ? .high : .normal))
                try await queue.complete(try #require(await queue.lease(job.id)))
            }
            // Its slot is taken: the next one is for who waits.
            try await complete("h0")
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await released(queue) == ["h1", "h2", "n0"])
            try await complete("n0")
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await released(queue) == ["h1", "h2", "n1"])
        }
    }

    @Test(arguments: [(1, 0), (2, 1), (3, 1), (9, 1), (10, 2), (64, 12)])
    func `A fifth of the slots is kept for what nobody waits for, at least one of two`(_ slots: Int, _ kept: Int) {
        var settings = JobQueueSettings()
        settings.slots = slots
        #expect(settings.normalSlots == kept)
    }

    @Test func `The message names job, attempt and correlation`() async throws {
        try await withQueue { queue in
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let reply = try await queue.redis.command("XRANGE", .text(queue.settings.stream("normal")), "-", "+")
            let fields = try #require(reply.array?.first?.array?[1].array)
            let envelope = try Envelope(bytes: try #require(fields[1].bytes))
            #expect(fields[0].string == "e" && envelope.correlationID == "test" && envelope.attempt == 1)
            let payload = try envelope.payload(as: IngestRun.self)
            #expect(payload.jobID == job.id.uuid && payload.documentationID == job.documentation.uuid)
        }
    }

    @Test(arguments: [JobPriority.high, .normal])
    func `The trace and its vendors' list travel to the stream and to the worker`(priority: JobPriority) async throws {
        let (parent, state) = ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")
        try await withQueue { queue in
            let settings = try IngestionSettings(rootURL: "https://docs.example.org/")
            let submission = JobSubmission(
                library: "lib", version: "latest", settings: settings, priority: priority, correlationID: "test", traceparent: parent,
                tracestate: state)
            let job = try await queue.jobs.submit(submission, access: .all).job
            _ = try await queue.publisher.publish()
            let reply = try await queue.redis.command("XRANGE", .text(queue.settings.stream(priority.rawValue)), "-", "+")
            let bytes = try #require(reply.array?.first?.array?[1].array?[1].bytes)
            let envelope = try Envelope(bytes: bytes)
            #expect(envelope.traceparent == parent && envelope.tracestate == state)
            #expect(envelope.priority == (priority == .high ? .high : .normal))
            let grant = try #require(try await queue.leases.lease([job.id], holder: "w").first)
            #expect(grant.traceparent == parent && grant.tracestate == state)
        }
    }

    @Test func `A job without a vendors' list, as releases before wrote it, has none`() async throws {
        try await withQueue { queue in
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let reply = try await queue.redis.command("XRANGE", .text(queue.settings.stream("normal")), "-", "+")
            #expect(try Envelope(bytes: try #require(reply.array?.first?.array?[1].array?[1].bytes)).tracestate.isEmpty)
            #expect(try #require(try await queue.leases.lease([job.id], holder: "w").first).tracestate == nil)
        }
    }

    @Test func `A documentation has one job at a time, also while the job waits to be tried again`() async throws {
        try await withQueue { queue in
            let first = try await queue.submit()
            let second = try await queue.submit()
            try await queue.submit("other")
            #expect(try await queue.publisher.publish() == 2)
            #expect(try await released(queue) == ["lib", "other"])
            let lease = try #require(await queue.lease(first.id))
            #expect(try await queue.lease(second.id) == nil)
            try await queue.settle(lease, .retry(after: .seconds(3600)))
            #expect(try await queue.publisher.publish() == 0)
            _ = try await queue.jobs.requestStop(first.id, access: .all)
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await queue.lease(second.id) != nil)
        }
    }

    @Test func `A job that was released before a crash is sent in the next round`() async throws {
        try await withQueue { queue in
            try await queue.submit()
            _ = try await queue.client.query("update portolan.job set released_at = now()")
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await queue.messages() == 1)
        }
    }

    @Test func `While Redis is away the rows wait`() async throws {
        try await withQueue { queue in
            let nowhere = try RedisClient(
                configuration: RedisConfiguration(url: "redis+unix:///tmp/portolan-no-such-socket"), logger: .init(label: "test"))
            try await queue.submit()
            let publisher = OutboxPublisher(queue.client, redis: nowhere, settings: queue.settings, logger: .init(label: "test"))
            await #expect(throws: RedisError.self) { try await publisher.publish() }
            await nowhere.shutDown()
            #expect(try await QueueGauges.read(queue.client).unpublished == 1)
            #expect(try await queue.publisher.publish() == 1)
        }
    }

    @Test func `A job that is stopped before it is sent is never sent`() async throws {
        try await withQueue { queue in
            let job = try await queue.submit()
            _ = try await queue.jobs.requestStop(job.id, access: .all)
            #expect(try await queue.publisher.publish() == 0)
        }
    }
}
