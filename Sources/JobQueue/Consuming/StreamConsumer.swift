import Domain
import FoundationEssentials
package import Logging
import Messages
package import Postgres
import Primitives
package import Redis

/// Reads the streams as one consumer of the group and runs what it reads, a bounded number of jobs at a time.
///
/// A message is acknowledged when Postgres says what comes next for its job. What is left pending by a dead consumer is claimed.
package struct StreamConsumer: Sendable {
    let redis: RedisClient
    let client: PostgresClient
    let runner: JobRunner
    let settings: JobQueueSettings
    /// Name of this consumer in the group.
    let name: String
    /// Jobs at a time, at least 1.
    let concurrency: Int
    let logger: Logger
    /// Hears of every delivery that ended.
    let observe: @Sendable (JobEnd) -> Void

    package init(
        redis: RedisClient, client: PostgresClient, runner: JobRunner, settings: JobQueueSettings, name: String, concurrency: Int,
        logger: Logger, observe: @escaping @Sendable (JobEnd) -> Void = { _ in }
    ) {
        self.redis = redis
        self.client = client
        self.runner = runner
        self.settings = settings
        self.name = name
        self.concurrency = max(1, concurrency)
        self.logger = logger
        self.observe = observe
    }

    private static let block: Duration = .seconds(5)

    /// Consumes until cancelled; running jobs are then handed back at their last checkpoint.
    package func run() async {
        let free = FreeSlots(concurrency)
        await withDiscardingTaskGroup { group in
            group.addTask { await claimAbandoned(free) }
            await consume(free, in: &group)
            group.cancelAll()
        }
    }

    private func consume(_ free: FreeSlots, in group: inout DiscardingTaskGroup) async {
        var failures = 0
        while !Task.isCancelled {
            guard let batches = await next(free) else {
                if Task.isCancelled { return }
                failures += 1
                try? await Task.sleep(for: Backoff(base: .milliseconds(200), limit: .seconds(5)).delay(afterAttempt: failures))
                continue
            }
            failures = 0
            for batch in batches {
                for entry in batch.entries {
                    // The count holds for each stream, so there may be more than there are slots. Without one the entry stays pending.
                    guard (try? await free.take()) != nil else { return }
                    group.addTask {
                        await process(entry, of: batch.stream)
                        free.giveBack()
                    }
                }
            }
        }
    }

    /// What there is to do; nil when it cannot be known now.
    private func next(_ free: FreeSlots) async -> [RedisStreamBatch]? {
        do {
            return try await read(count: try await free.wait())
        } catch {
            if !Task.isCancelled { logger.warning("streams cannot be read", metadata: ["error": "\(error)"]) }
            return nil
        }
    }

    private func read(count: Int) async throws -> [RedisStreamBatch] {
        do {
            return try await redis.readGroup(
                JobQueueSettings.group, consumer: name, streams: settings.streams, count: max(1, count), block: Self.block)
        } catch {
            guard error.code == .server("NOGROUP") else { throw error }
        }
        // New server, or flushed: the jobs are in Postgres and are sent again.
        for stream in settings.streams { try await redis.createGroup(JobQueueSettings.group, in: stream, from: "0") }
        return []
    }

    private func claimAbandoned(_ free: FreeSlots) async {
        while !Task.isCancelled {
            for stream in settings.streams {
                guard
                    let claim = try? await redis.claimFromStream(
                        stream, group: JobQueueSettings.group, consumer: name, idle: settings.claimIdle, count: 10)
                else { continue }
                for entry in claim.entries {
                    guard (try? await free.take()) != nil else { return }
                    await process(entry, of: stream)
                    free.giveBack()
                }
            }
            try? await Task.sleep(for: min(.seconds(30), settings.claimIdle))
        }
    }

    private func process(_ entry: RedisStreamEntry, of stream: String) async {
        do {
            guard let bytes = entry["e"] else { throw MalformedMessage(reason: "The entry has no field e.", bytes: nil) }
            try await handle(try Self.envelope(bytes), bytes)
            // A worker that shuts down acknowledges too what it has handed back.
            _ = _ = try await Task { try await redis.acknowledge([entry.id], in: stream, group: JobQueueSettings.group) }.value
        } catch let error as MalformedMessage {
            await bury(error, entry: entry, stream: stream)
        } catch {
            // It stays pending and is claimed later, by this consumer or another.
            logger.warning("message not processed", metadata: ["error": "\(String(reflecting: error))", "entry": "\(entry.id)"])
        }
    }

    private static func envelope(_ bytes: [UInt8]) throws -> Envelope {
        do {
            return try Envelope(bytes: bytes)
        } catch {
            throw MalformedMessage(reason: error.description, bytes: bytes)
        }
    }

    /// Does what the message asks for, after which it is done with.
    private func handle(_ envelope: Envelope, _ bytes: [UInt8]) async throws {
        switch envelope.kind {
        case .ingestRun:
            guard let message = try? envelope.payload(as: IngestRun.self) else {
                throw MalformedMessage(reason: "The payload names no job.", bytes: bytes)
            }
            observe(try await runner.run(JobID(message.jobID)))
        case .ping:
            guard let ping = try? envelope.payload(as: Ping.self) else {
                throw MalformedMessage(reason: "A ping has no nonce.", bytes: bytes)
            }
            _ = try await redis.command(
                "SET", .text("\(settings.keyPrefix)pong:\(ping.nonce)"), .text(name), "PX", .integer(60_000))
        default:
            throw MalformedMessage(reason: "This release does not know messages of kind \(envelope.kind.rawValue).", bytes: bytes)
        }
    }

    private func bury(_ message: MalformedMessage, entry: RedisStreamEntry, stream: String) async {
        logger.error("message buried", metadata: ["reason": "\(message.reason)", "entry": "\(entry.id)", "stream": "\(stream)"])
        do {
            _ = try await client.query(
                """
                insert into portolan.dead_letter (kind, reason, attempts, envelope) values ('unknown', \(message.reason), 1, \(message.bytes))
                """)
            try await redis.appendToStream(
                settings.deadStream, [("e", message.bytes ?? []), ("reason", Array(message.reason.utf8))], maximumLength: 10_000)
            try await redis.acknowledge([entry.id], in: stream, group: JobQueueSettings.group)
        } catch {
            logger.warning("dead letter not written", metadata: ["error": "\(String(reflecting: error))"])
        }
    }
}

/// A message that no repetition will make readable.
private struct MalformedMessage: Error {
    let reason: String
    let bytes: [UInt8]?
}
