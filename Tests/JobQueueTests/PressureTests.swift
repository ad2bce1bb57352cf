import Domain
import JobQueue
import Logging
import Postgres
import Primitives
import ResourcePool
import TestSupport
import Testing

@Suite struct `The number of jobs at a time` {
    static let calm = PressureReading(poolWait: .milliseconds(1), databaseLatency: .milliseconds(5), processorLoad: 0.3)

    @Test(arguments: [
        (PressureReading(poolWait: .milliseconds(101)), ConcurrencyMachine.Pressure.pool),
        (PressureReading(databaseLatency: .milliseconds(201)), .database),
        (PressureReading(processorLoad: 0.81), .processor),
    ])
    func `is halved by each kind of pressure, down to one`(_ reading: PressureReading, _ pressure: ConcurrencyMachine.Pressure) {
        var machine = ConcurrencyMachine(limit: 5)
        #expect(machine.allowed == 5)
        let allowed = (0..<4).map { _ in
            #expect(machine.observe(reading) == [pressure])
            return machine.allowed
        }
        #expect(allowed == [2, 1, 1, 1])
    }

    @Test func `grows by one after three calm readings, up to its limit`() {
        var machine = ConcurrencyMachine(limit: 3)
        _ = machine.observe(PressureReading(processorLoad: 1))
        #expect(machine.allowed == 1)
        let allowed = (0..<9).map { _ in
            #expect(machine.observe(Self.calm).isEmpty)
            return machine.allowed
        }
        #expect(allowed == [1, 1, 2, 2, 2, 3, 3, 3, 3])
    }

    @Test func `stays where it is while a reading is near its bound`() {
        var machine = ConcurrencyMachine(limit: 3)
        _ = machine.observe(PressureReading(processorLoad: 1))
        for _ in 0..<20 {
            #expect(machine.observe(PressureReading(databaseLatency: .milliseconds(200))).isEmpty)
            #expect(machine.observe(PressureReading(processorLoad: 0.61)).isEmpty)
            #expect(machine.observe(Self.calm).isEmpty && machine.observe(Self.calm).isEmpty)
        }
        #expect(machine.allowed == 1)
    }

    @Test func `counts what cannot be read as calm, and is never less than one`() {
        var machine = ConcurrencyMachine(limit: 0)
        #expect(machine.observe(PressureReading()).isEmpty)
        #expect(machine.allowed == 1)
    }

    private static func own(user: Int, system: Int) -> String { "7 (a (name)) S 1 7 7 0 -1 4194304 1 0 0 0 \(user) \(system) 0 0 20 0 9" }

    @Test func `follows the processors' time that others use, as the kernel tells it`() throws {
        let before = try #require(
            ProcessorTimes(statistics: "cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3", own: Self.own(user: 20, system: 5)))
        let after = try #require(ProcessorTimes(statistics: "cpu  170 5 110 810 5 0 0 0 90 0\n", own: Self.own(user: 30, system: 5)))
        #expect(after.load(since: before) == 0.75)
        #expect(before.load(since: before) == nil)
        #expect(ProcessorTimes(statistics: "", own: Self.own(user: 1, system: 1)) == nil)
        #expect(ProcessorTimes(statistics: "cpu 1 2 x", own: Self.own(user: 1, system: 1)) == nil)
        #expect(ProcessorTimes(statistics: "cpu  1 0 1 8 0 0 0 0 0 0", own: "7 (x) S") == nil)
        #expect(try #require(ProcessorTimes.current()).total > 0)
    }
}

@Suite(.serialized) struct `Pressure` {
    @Test func `A slow database lowers the concurrency, and a quick one raises it again`() async throws {
        try await withQueue { queue in
            var gauge = PressureGauge(database: { queue.client.metrics }, processors: { nil })
            let (reports, running) = (Locked<[Int]>([]), queue.consumer("c1", concurrency: 4) { _, _ in })
            let governor = ConcurrencyGovernor(consumer: running, client: queue.client, logger: Logger(label: "test")) { allowed in
                reports.withLock { $0.append(allowed) }
            }
            var machine = ConcurrencyMachine(limit: 4)
            let job = try await queue.submit().id
            // Statements wait for a row that another connection keeps.
            try await queue.client.withTransaction { connection in
                _ = try await connection.query("select from portolan.job where id = \(job.uuid) for update")
                async let waiting: Void = withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<6 {
                        group.addTask { _ = try await queue.client.query("select from portolan.job where id = \(job.uuid) for update") }
                    }
                    try await group.waitForAll()
                }
                try await eventually { queue.client.metrics.laneStatements > 0 }
                _ = try await connection.query("select pg_sleep(0.4)")
                _ = try await connection.query("commit")
                try await waiting
            }
            let slow = gauge.read(after: .seconds(1))
            #expect(try #require(slow.databaseLatency) > .milliseconds(200))
            governor.govern(&machine, slow)
            for _ in 0..<3 {
                // One slow statement of a loaded machine must not decide.
                let reading = try await quick(queue, &gauge)
                governor.govern(&machine, reading)
            }
            #expect(reports.withLock { $0 } == [2, 2, 2, 3])
        }
    }

    /// A reading with the latency of a server that nobody holds up.
    private func quick(_ queue: Queue, _ gauge: inout PressureGauge) async throws -> PressureReading {
        while true {
            for _ in 0..<50 { _ = try await queue.client.query("select 1") }
            let reading = gauge.read(after: .seconds(1))
            if let latency = reading.databaseLatency, latency <= .milliseconds(100) { return reading }
        }
    }

    @Test func `Those who wait for a connection tell it, also when nobody gets one`() async throws {
        try await withQueue { queue in
            var gauge = PressureGauge(database: { queue.client.metrics }, processors: { nil })
            let (taken, release) = (Signal(), Signal())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<queue.client.configuration.maximumLeases {
                    group.addTask {
                        try await queue.client.withConnection { _ in
                            taken.fulfill()
                            try await release.fulfillment()
                        }
                    }
                }
                try await taken.fulfillment(queue.client.configuration.maximumLeases)
                _ = gauge.read(after: .seconds(1))
                group.addTask { try await queue.client.withConnection { _ in } }
                try await eventually { queue.client.metrics.pool.waiters == 1 }
                #expect(gauge.read(after: .seconds(7)).poolWait == .seconds(7))
                release.fulfill()
                try await group.waitForAll()
            }
            #expect(gauge.read(after: .seconds(1)).poolWait > .zero)
        }
    }

    @Test func `A consumer keeps to what it is allowed, and takes more when that grows`() async throws {
        try await withQueue({ $0.slots = 4 }) { queue in
            let (began, mayEnd, ends) = (Signal(), Signal(), Signal())
            for number in 0..<4 { try await queue.submit("lib\(number)") }
            _ = try await queue.publisher.publish()
            let consumer = queue.consumer("c1", concurrency: 3, ends: ends) { lease, _ in
                began.fulfill()
                try await mayEnd.fulfillment()
                try await queue.complete(lease)
            }
            consumer.allow(1)
            try await queue.whileConsuming(consumer) {
                try await began.fulfillment(1)
                // What it may not start it does not lease.
                #expect(try await QueueGauges.read(queue.client).lines[.normal]?.running == 1)
                consumer.allow(100)
                try await began.fulfillment(3)
                #expect(try await QueueGauges.read(queue.client).lines[.normal]?.running == 3)
                mayEnd.fulfill()
                try await ends.fulfillment(4)
            }
        }
    }

    @Test func `A job whose worker froze inside a transaction is free once the server has ended it`() async throws {
        try await withQueue { queue in
            let lease = try await queue.leased()
            _ = try await queue.client.query("update portolan.job set lease_expires_at = now() - interval '1 second'")
            var configuration = queue.client.configuration
            configuration.idleInTransactionTimeout = .milliseconds(300)
            let frozen = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { frozen.close() }
            await #expect(throws: PostgresError.self) {
                try await frozen.withTransaction { connection in
                    _ = try await connection.query("select from portolan.job where id = \(lease.job.uuid) for no key update")
                    try await eventually { try await queue.reaper.reap().reclaimed == 1 }
                    _ = try await connection.query("update portolan.job set progress_percent = 99")
                }
            }
            #expect(try await queue.publisher.publish() == 1)
            #expect(try await queue.lease(lease.job, holder: "w2") != nil)
        }
    }
}
