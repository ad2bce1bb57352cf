import Domain
import FoundationEssentials
package import Logging
import Messages
package import Postgres
import Primitives
package import Redis

/// Reads the streams as one consumer of the group and runs what it reads, a bounded number of jobs at a time.
///
/// What one read brings is leased with one statement; ends and acknowledgements go in groups too. A message is acknowledged when Postgres says
/// what comes next for its job. What is left pending by a dead consumer is claimed.
package struct StreamConsumer: Sendable {
    let redis: RedisClient
    let client: PostgresClient
    let runner: JobRunner
    let settings: JobQueueSettings
    /// Name of this consumer in the group.
    let name: String
    let logger: Logger
    /// Hears of every delivery that ended.
    let observe: @Sendable (JobEnd) -> Void
    /// The most jobs at a time.
    package let concurrency: Int
    private let slots: FreeSlots
    private let intake: Locked<(allowed: Int, isPaused: Bool)>
    /// Reads for work of high priority alone that may still come before the next one for both.
    private let urgentReads = Locked(0)
    private let acknowledgements: GroupWriter<Delivery>

    /// - Parameter concurrency: jobs at a time, at least 1.
    package init(
        redis: RedisClient, client: PostgresClient, runner: JobRunner, settings: JobQueueSettings, name: String, concurrency: Int,
        logger: Logger, observe: @escaping @Sendable (JobEnd) -> Void = { _ in }
    ) {
        self.redis = redis
        self.client = client
        self.runner = runner
        self.settings = settings
        self.name = name
        self.logger = logger
        self.observe = observe
        self.concurrency = max(1, concurrency)
        slots = FreeSlots(self.concurrency)
        intake = Locked((self.concurrency, false))
        acknowledgements = GroupWriter { deliveries in
            for (stream, group) in Dictionary(grouping: deliveries, by: \.stream) {
                try await redis.acknowledge(group.map(\.entry.id), in: stream, group: JobQueueSettings.group)
            }
        }
    }

    private static let block: Duration = .seconds(5)
    /// Jobs of one statement.
    private static let batch = 512
    /// While there is work of high priority, this many reads for it alone follow each one for both, so that what is published of the other is done, too.
    private static let urgentReadsInRow = 4

    /// Consumes until cancelled; running jobs are then handed back at their last checkpoint.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await runner.keeper.run() }
            group.addTask { await claimAbandoned() }
            await consume(in: &group)
            group.cancelAll()
        }
    }

    /// Bounds the jobs at a time more tightly than ``concurrency`` until the next call; jobs that run already stay.
    /// - Parameter count: at least 1.
    package func allow(_ count: Int) {
        let limit = intake.withLock { intake in
            intake.allowed = min(max(1, count), concurrency)
            return intake.isPaused ? 0 : intake.allowed
        }
        slots.setLimit(limit)
    }

    /// Begins no further jobs until it is told otherwise; those that run stay, and what the stream holds waits or goes to other workers.
    package func pause(_ isPaused: Bool) {
        let limit = intake.withLock { intake in
            intake.isPaused = isPaused
            return isPaused ? 0 : intake.allowed
        }
        slots.setLimit(limit)
    }

    private func consume(in group: inout DiscardingTaskGroup) async {
        var failures = 0
        while !Task.isCancelled {
            if let deliveries = await next(), await start(deliveries, in: &group) {
                failures = 0
            } else if !Task.isCancelled {
                failures += 1
                try? await Task.sleep(for: Backoff(base: .milliseconds(200), limit: .seconds(5)).delay(afterAttempt: failures))
            }
        }
    }

    /// What there is to do, the stream of high priority first, and while there is such work mostly that alone; nil when it cannot be known now.
    private func next() async -> [Delivery]? {
        do {
            try await slots.wait()
            let count = min(max(1, slots.free), Self.batch)
            if urgentReads.withLock(\.self) > 0 {
                urgentReads.withLock { $0 -= 1 }
                let urgent = try await redis.readGroup(
                    JobQueueSettings.group, consumer: name, streams: [settings.stream(JobPriority.high.rawValue)], count: count)
                if urgent.contains(where: { !$0.entries.isEmpty }) { return deliveries(urgent) }
            }
            let batches = try await redis.readGroup(
                JobQueueSettings.group, consumer: name, streams: settings.streams, count: count, block: Self.block)
            let high = settings.stream(JobPriority.high.rawValue)
            let isUrgent = batches.contains { $0.stream == high && !$0.entries.isEmpty }
            urgentReads.withLock { $0 = isUrgent ? Self.urgentReadsInRow : 0 }
            return deliveries(batches)
        } catch {
            if Task.isCancelled { return nil }
            do {
                guard (error as? RedisError)?.code == .server("NOGROUP") else { throw error }
                // New server, or flushed: the jobs are in Postgres and are sent again.
                for stream in settings.streams { try await redis.createGroup(JobQueueSettings.group, in: stream, from: "0") }
                return []
            } catch {
                logger.warning("streams cannot be read", metadata: ["error": "\(error)"])
                return nil
            }
        }
    }

    private func deliveries(_ batches: [RedisStreamBatch]) -> [Delivery] {
        batches.flatMap { batch in batch.entries.map { Delivery(stream: batch.stream, entry: $0) } }
    }

    private func claimAbandoned() async {
        while !Task.isCancelled {
            for stream in settings.streams {
                guard
                    let claim = try? await redis.claimFromStream(
                        stream, group: JobQueueSettings.group, consumer: name, idle: settings.claimIdle, count: 10)
                else { continue }
                await withDiscardingTaskGroup { group in
                    _ = await start(claim.entries.map { Delivery(stream: stream, entry: $0) }, in: &group)
                }
            }
            try? await Task.sleep(for: min(.seconds(30), settings.claimIdle))
        }
    }

    /// Starts what `deliveries` ask for as slots become free. Those that cannot be started stay pending and are claimed later.
    /// - Returns: whether all of them are done or under way.
    private func start(_ deliveries: [Delivery], in group: inout DiscardingTaskGroup) async -> Bool {
        var rest = deliveries[...]
        while !rest.isEmpty {
            // The count of a read holds for each stream, so there may be more than there are slots.
            guard let taken = try? await slots.take(upTo: min(rest.count, Self.batch)) else { return false }
            var jobs: [(job: JobID, delivery: Delivery)] = []
            for delivery in rest.prefix(taken) {
                do {
                    switch try delivery.order() {
                    case .run(let job): jobs.append((job, delivery))
                    case .answer(let ping): group.addTask { await end(delivery) { try await answer(ping) } }
                    }
                } catch {
                    group.addTask { await end(delivery) { try await bury(error, delivery) } }
                }
            }
            rest = rest.dropFirst(taken)
            guard await lease(jobs, in: &group) else { return false }
        }
        return true
    }

    private func lease(_ jobs: [(job: JobID, delivery: Delivery)], in group: inout DiscardingTaskGroup) async -> Bool {
        if jobs.isEmpty { return true }
        do {
            let grants = try await runner.lease(jobs.map(\.job))
            var open = Dictionary(grants.map { ($0.lease.job, $0) }, uniquingKeysWith: { first, _ in first })
            for (job, delivery) in jobs {
                // The second message for a job finds it leased.
                let grant = open.removeValue(forKey: job)
                group.addTask {
                    await end(delivery) {
                        guard let grant else { return observe(.skipped) }
                        observe(await runner.run(grant))
                    }
                }
            }
            return true
        } catch {
            slots.giveBack(jobs.count)
            logger.warning("jobs not leased", metadata: ["error": "\(String(reflecting: error))", "jobs": "\(jobs.count)"])
            return false
        }
    }

    /// Does what a delivery asks for, then acknowledges it and gives its slot back.
    private func end(_ delivery: Delivery, _ work: () async throws -> Void) async {
        defer { slots.giveBack() }
        do {
            try await work()
            try await acknowledgements.write(delivery)
        } catch {
            // It stays pending and is claimed later, by this consumer or another.
            logger.warning("message not processed", metadata: ["error": "\(String(reflecting: error))", "entry": "\(delivery.entry.id)"])
        }
    }

    private func answer(_ ping: Ping) async throws {
        _ = try await redis.command(
            "SET", .text("\(settings.keyPrefix)pong:\(ping.nonce)"), .text(name), "PX", .integer(60_000))
    }

    private func bury(_ message: MalformedMessage, _ delivery: Delivery) async throws {
        logger.error(
            "message buried",
            metadata: ["reason": "\(message.reason)", "entry": "\(delivery.entry.id)", "stream": "\(delivery.stream)"])
        _ = try await client.query(
            """
            insert into portolan.dead_letter (kind, reason, attempts, envelope) values ('unknown', \(message.reason), 1, \(message.bytes))
            """)
        observe(.buried)
        // A copy for whoever looks at the stream. Without it the message must not stay: it would be buried again each time it is claimed.
        do {
            try await redis.appendToStream(
                settings.deadStream, [("e", message.bytes ?? []), ("reason", Array(message.reason.utf8))], maximumLength: 10_000)
        } catch {
            logger.warning("dead letter not copied to Redis", metadata: ["error": "\(error)"])
        }
    }
}
