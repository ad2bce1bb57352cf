import Domain
import FoundationEssentials
import JobQueue
import Messages
import Postgres
import Primitives
import Redis
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The consumer` {
    @Test func `It runs what is published, and two messages for a job have one effect`() async throws {
        try await withQueue { queue in
            let (runs, ends) = (Signal(), Signal())
            let record = Locked<[JobEnd]>([])
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            _ = try await queue.client.query("update portolan.outbox set published_at = null")
            _ = try await queue.publisher.publish()
            #expect(try await queue.messages() == 2)
            let consumer = queue.consumer("c1", record: record, ends: ends) { lease, context in
                #expect(context.attempt == 1 && context.correlationID == "test")
                runs.fulfill()
                try await queue.complete(lease)
            }
            try await queue.whileConsuming(consumer) {
                try await ends.fulfillment(2)
                try await eventually {
                    try await queue.redis.pendingSummary(queue.settings.stream("normal"), group: JobQueueSettings.group).count == 0
                }
            }
            #expect(runs.count == 1)
            #expect(try await queue.job(job.id).status == .completed)
            #expect(record.withLock { Set($0) } == [.completed, .skipped])
        }
    }

    @Test func `It never runs more jobs at a time than it may`() async throws {
        try await withQueue({ $0.slots = 8 }) { queue in
            for number in 0..<8 { try await queue.submit("lib\(number)", priority: number % 2 == 0 ? .high : .normal) }
            _ = try await queue.publisher.publish()
            let counts = Locked((running: 0, most: 0))
            let ends = Signal()
            let consumer = queue.consumer("c1", concurrency: 2, ends: ends) { lease, _ in
                counts.withLock {
                    $0.running += 1
                    $0.most = max($0.most, $0.running)
                }
                try await queue.complete(lease)
                counts.withLock { $0.running -= 1 }
            }
            try await queue.whileConsuming(consumer) { try await ends.fulfillment(8) }
            #expect(counts.withLock { $0.most } <= 2)
        }
    }

    @Test func `What somebody waits for is begun first, and does not keep the rest waiting for ever`() async throws {
        try await withQueue({ $0.slots = 12 }) { queue in
            for number in 0..<4 { try await queue.submit("n\(number)") }
            for number in 0..<8 { try await queue.submit("h\(number)", priority: .high) }
            #expect(try await queue.publisher.publish() == 12)
            let (order, ends) = (Locked<[String]>([]), Signal())
            let consumer = queue.consumer("c1", concurrency: 1, ends: ends) { lease, _ in
                let library = try await queue.job(lease.job).library
                order.withLock { $0.append(library) }
                try await queue.complete(lease)
            }
            try await queue.whileConsuming(consumer) { try await ends.fulfillment(12) }
            #expect(order.withLock(\.self) == ["h0", "n0", "h1", "h2", "h3", "h4", "h5", "n1", "h6", "h7", "n2", "n3"])
        }
    }

    @Test func `A transient fault is tried again, and given up with a dead letter`() async throws {
        try await withQueue({ $0.maxAttempts = 3 }) { queue in
            let ends = Signal()
            let record = Locked<[JobEnd]>([])
            let job = try await queue.submit()
            let consumer = queue.consumer("c1", record: record, ends: ends) { _, _ in throw Fault.unavailable("the site", "It is away.") }
            try await queue.whileConsuming(consumer) {
                for attempt in 1...3 {
                    try await eventually { try await queue.publisher.publish() == 1 }
                    try await ends.fulfillment(attempt)
                }
            }
            #expect(record.withLock { $0 } == [.retried, .retried, .exhausted])
            let failed = try await queue.job(job.id)
            #expect(failed.status == .failed && failed.attempt == 3 && failed.fault?.code == "E_UNAVAILABLE")
            #expect(try await queue.number("select count(*) from portolan.dead_letter where attempts = 3") == 1)
            #expect(try await queue.publisher.publish() == 0)
        }
    }

    @Test func `A job whose provider asks to be left alone is not tried again before`() async throws {
        try await withQueue { queue in
            let ends = Signal()
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let consumer = queue.consumer("c1", ends: ends) { _, _ in
                throw Fault(.rateLimited, code: "E_RATE_LIMIT", "Not so fast.", isTransient: true, retryAfter: .seconds(900))
            }
            try await queue.whileConsuming(consumer) { try await ends.fulfillment() }
            #expect(try await queue.job(job.id).status == .pending)
            #expect(try await queue.number("select count(*) from portolan.job where not_before > started_at + interval '880 s'") == 1)
            #expect(try await queue.publisher.publish() == 0)
        }
    }

    @Test func `A fault that no repetition mends fails the job at once`() async throws {
        try await withQueue { queue in
            let ends = Signal()
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let consumer = queue.consumer("c1", ends: ends) { _, _ in throw Fault.invalid(field: "web_url", "No such page.") }
            try await queue.whileConsuming(consumer) { try await ends.fulfillment() }
            #expect(try await queue.job(job.id).fault?.field == "web_url")
            #expect(try await queue.number("select count(*) from portolan.dead_letter") == 0)
        }
    }

    @Test func `A stop cancels the handler`() async throws {
        try await withQueue { queue in
            let (began, ends) = (Signal(), Signal())
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let consumer = queue.consumer("c1", ends: ends) { _, _ in
                began.fulfill()
                try await neverAnswering()
            }
            try await queue.whileConsuming(consumer) {
                try await began.fulfillment()
                #expect(try await queue.jobs.requestStop(job.id, access: .all)?.status == .pending)
                try await ends.fulfillment()
            }
            #expect(try await queue.job(job.id).status == .stopped)
        }
    }

    @Test func `A consumer that ends hands its job back, and another goes on`() async throws {
        try await withQueue { queue in
            let (began, first, second) = (Signal(), Signal(), Signal())
            let record = Locked<[JobEnd]>([])
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let leaving = queue.consumer("c1", record: record, ends: first) { lease, _ in
                try await queue.store.advance(lease, to: .crawling)
                began.fulfill()
                try await neverAnswering()
            }
            try await queue.whileConsuming(leaving) { try await began.fulfillment() }
            #expect(record.withLock { $0 } == [.handedBack])
            #expect(try await queue.job(job.id).status == .crawling)
            #expect(try await queue.redis.pendingSummary(queue.settings.stream("normal"), group: JobQueueSettings.group).count == 0)
            #expect(try await queue.publisher.publish() == 1)
            let staying = queue.consumer("c2", ends: second) { lease, context in
                #expect(context.attempt == 1)
                try await queue.complete(lease)
            }
            try await queue.whileConsuming(staying) { try await second.fulfillment() }
            #expect(try await queue.job(job.id).status == .completed)
        }
    }

    @Test func `A worker whose lease was taken lets go and writes nothing`() async throws {
        try await withQueue { queue in
            let (began, ends) = (Signal(), Signal())
            let record = Locked<[JobEnd]>([])
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let consumer = queue.consumer("c1", record: record, ends: ends) { _, _ in
                began.fulfill()
                try await neverAnswering()
            }
            try await queue.whileConsuming(consumer) {
                try await began.fulfillment()
                _ = try await queue.client.query("update portolan.job set lease_holder = 'thief', fence = fence + 1")
                try await ends.fulfillment()
            }
            #expect(record.withLock { $0 } == [.lost])
            #expect(try await queue.job(job.id).status == .pending)
        }
    }

    @Test func `What nobody can read is buried, and the worker lives`() async throws {
        try await withQueue { queue in
            let ends = Signal()
            let record = Locked<[JobEnd]>([])
            let stream = queue.settings.stream("normal")
            let unknown = Envelope(id: UUID(), kind: MessageKind(rawValue: "from.the.future"), payload: [], enqueuedAtMilliseconds: 1)
            try await queue.redis.appendToStream(stream, [("e", [0xFF, 0xFF, 0xFF])])
            try await queue.redis.appendToStream(stream, [("other", [1])])
            try await queue.redis.appendToStream(stream, [("e", try unknown.serialized())])
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            let consumer = queue.consumer("c1", record: record, ends: ends) { lease, _ in try await queue.complete(lease) }
            try await queue.whileConsuming(consumer) {
                try await ends.fulfillment(4)
                try await eventually { try await queue.redis.streamLength(queue.settings.deadStream) == 3 }
                try await eventually { try await queue.redis.pendingSummary(stream, group: JobQueueSettings.group).count == 0 }
            }
            #expect(try await queue.number("select count(*) from portolan.dead_letter where kind = 'unknown'") == 3)
            #expect(try await queue.number("select count(*) from portolan.dead_letter where envelope = '\\xffffff'") == 1)
            #expect(try await queue.job(job.id).status == .completed)
            #expect(record.withLock { ends in ends.count { $0 == .buried } } == 3)
        }
    }

    @Test func `A ping is answered`() async throws {
        try await withQueue { queue in
            let envelope = try Envelope(id: UUID(), payload: Ping(nonce: "n-1"), enqueuedAtMilliseconds: 1)
            try await queue.redis.appendToStream(queue.settings.stream("high"), [("e", try envelope.serialized())])
            try await queue.whileConsuming(queue.consumer("c1") { _, _ in }) {
                try await eventually { try await queue.redis.get("\(queue.settings.keyPrefix)pong:n-1") == Array("c1".utf8) }
            }
        }
    }

    @Test func `A Redis that lost everything is set up again`() async throws {
        try await withQueue({ $0.republishAfter = .milliseconds(1) }) { queue in
            let ends = Signal()
            let consumer = queue.consumer("c1", ends: ends) { lease, _ in try await queue.complete(lease) }
            try await queue.whileConsuming(consumer) {
                try await queue.submit("a")
                _ = try await queue.publisher.publish()
                try await ends.fulfillment(1)
                _ = try await queue.redis.command("FLUSHALL")
                try await queue.submit("b")
                _ = try await queue.publisher.publish()
                try await ends.fulfillment(2)
            }
            #expect(try await QueueGauges.read(queue.client).byStatus == ["COMPLETED": 2])
        }
    }

    @Test func `What nobody can read is buried once, also where Redis takes no copy of it`() async throws {
        try await withQueue({ $0.claimIdle = .milliseconds(50) }) { queue in
            let ends = Signal()
            let stream = queue.settings.stream("normal")
            _ = try await queue.redis.command("SET", .text(queue.settings.deadStream), "no stream")
            try await queue.redis.appendToStream(stream, [("e", [0xFF, 0xFF, 0xFF])])
            try await queue.redis.createGroup(JobQueueSettings.group, in: stream, from: "0")
            let consumer = queue.consumer("c1", ends: ends) { _, _ in }
            try await queue.whileConsuming(consumer) {
                try await ends.fulfillment(1)
                try await eventually { try await queue.redis.pendingSummary(stream, group: JobQueueSettings.group).count == 0 }
            }
            #expect(try await queue.number("select count(*) from portolan.dead_letter where kind = 'unknown'") == 1)
        }
    }

    @Test func `Messages of a dead consumer are claimed`() async throws {
        try await withQueue({ $0.claimIdle = .milliseconds(20) }) { queue in
            let ends = Signal()
            let job = try await queue.submit()
            _ = try await queue.publisher.publish()
            for stream in queue.settings.streams { try await queue.redis.createGroup(JobQueueSettings.group, in: stream) }
            let taken = try await queue.redis.readGroup(
                JobQueueSettings.group, consumer: "dead", streams: queue.settings.streams, count: 10)
            #expect(taken.map(\.entries.count) == [1])
            let consumer = queue.consumer("c1", ends: ends) { lease, _ in try await queue.complete(lease) }
            try await queue.whileConsuming(consumer) { try await ends.fulfillment() }
            #expect(try await queue.job(job.id).status == .completed)
        }
    }
}
