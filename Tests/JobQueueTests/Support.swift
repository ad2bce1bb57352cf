import Domain
import FoundationEssentials
import JobQueue
import Logging
import Messages
import Postgres
import Primitives
import Redis
import Storage
import TestSupport

/// Not the type of the same name in the testing library.
typealias Signal = Expectation

/// A job or lease that should be there.
struct Missing: Error {}

/// A queue on a migrated database and a Redis of its own.
struct Queue: Sendable {
    let client: PostgresClient
    let redis: RedisClient
    let settings: JobQueueSettings

    var jobs: PostgresJobStore { PostgresJobStore(client) }
    var store: PostgresIngestionStore { PostgresIngestionStore(client) }
    var leases: LeaseStore { LeaseStore(client, settings: settings) }
    var reaper: LeaseReaper { LeaseReaper(client, settings: settings) }
    var publisher: OutboxPublisher {
        OutboxPublisher(client, redis: redis, settings: settings, logger: Logger(label: "test"))
    }

    /// A consumer whose deliveries `ends` counts and `record` keeps.
    func consumer(
        _ name: String, concurrency: Int = 2, record: Locked<[JobEnd]> = Locked([]), ends: Expectation = Expectation(),
        _ handle: @escaping @Sendable (JobLease, JobContext) async throws -> Void
    ) -> StreamConsumer {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let runner = JobRunner(
            leases: leases, handler: ClosureHandler(handle: handle), settings: settings, holder: name, logger: logger)
        return StreamConsumer(
            redis: redis, client: client, runner: runner, settings: settings, name: name, concurrency: concurrency, logger: logger
        ) { end in
            record.withLock { $0.append(end) }
            ends.fulfill()
        }
    }

    /// Runs `body` while `consumers` consume.
    func whileConsuming<Result: Sendable>(
        _ consumers: StreamConsumer..., body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for consumer in consumers { group.addTask { await consumer.run() } }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    @discardableResult
    func submit(_ name: String = "lib", priority: JobPriority = .normal) async throws -> Job {
        try await jobs.submit(
            JobSubmission(
                library: name, version: "1.0", settings: IngestionSettings(rootURL: "https://docs.example.com/"), priority: priority,
                correlationID: "test"), access: .all
        ).job
    }

    /// Walks a job to COMPLETED as the pipeline does.
    func complete(_ lease: JobLease) async throws {
        for stage in [JobStatus.crawling, .parsing, .embedding, .indexing] { try await store.advance(lease, to: stage) }
        try await store.complete(lease, nil, counts: JobCounts(), stageSeconds: [:])
    }

    /// Releases, publishes and leases one job.
    func leased(_ name: String = "lib", holder: String = "w1") async throws -> JobLease {
        let job = try await submit(name)
        _ = try await publisher.publish()
        guard let lease = try await lease(job.id, holder: holder) else { throw Missing() }
        return lease
    }

    func lease(_ job: JobID, holder: String = "w1") async throws -> JobLease? {
        try await leases.lease([job], holder: holder).first?.lease
    }

    func settle(_ lease: JobLease, _ kind: LeaseStore.Settlement.Kind) async throws {
        try await leases.settle([LeaseStore.Settlement(lease, kind)])
    }

    /// Whether a stop is asked for; nil when `lease` does not hold any more.
    func renew(_ lease: JobLease) async throws -> Bool? { try await leases.renew([lease])[lease] }

    func job(_ id: JobID) async throws -> Job {
        guard let job = try await jobs.job(id, access: .all) else { throw Missing() }
        return job
    }

    func number(_ sql: SQL) async throws -> Int { try await client.query(sql).single().decode(0, as: Int.self) }

    func messages() async throws -> Int {
        var count = 0
        for stream in settings.streams { count += try await redis.streamLength(stream) }
        return count
    }
}

struct ClosureHandler: JobHandler {
    let handle: @Sendable (JobLease, JobContext) async throws -> Void
    func run(_ lease: JobLease, context: JobContext) async throws { try await handle(lease, context) }
}

/// Runs `body` with a queue of quick settings.
func withQueue<Result: Sendable>(
    _ adjust: (inout JobQueueSettings) -> Void = { _ in }, _ body: (Queue) async throws -> Result
) async throws -> Result {
    var settings = JobQueueSettings()
    settings.retryBackoff = Backoff(base: .milliseconds(1), limit: .milliseconds(1))
    settings.renewalInterval = .milliseconds(50)
    adjust(&settings)
    return try await TestDatabase.withDatabase { url in
        try await TestRedis.withRedis { redisURL in
            var configuration = try PostgresConfiguration(url: url)
            // All tests share one server, whose connections are not without number.
            (configuration.laneCount, configuration.maximumLeases) = (1, 4)
            configuration.defaultTimeout = .seconds(60)
            let client = try PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            defer { client.close() }
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            let redis = RedisClient(configuration: try RedisConfiguration(url: redisURL), logger: Logger(label: "test"))
            let outcome: Swift.Result<Result, any Error>
            do {
                outcome = .success(try await body(Queue(client: client, redis: redis, settings: settings)))
            } catch { outcome = .failure(error) }
            await redis.shutDown()
            return try outcome.get()
        }
    }
}
