import Domain
import JobQueue
import Logging
import Postgres
import Primitives
import Redis
import Storage
import Telemetry
import TestSupport
import Testing
import WorkerService

@Suite struct `The scheduler` {
    @Test func `a job is published also while what is past its time cannot be deleted`() async throws {
        try await TestDatabase.withDatabase { url in
            try await TestRedis.withRedis { redisURL in
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let client = try PostgresClient(configuration: try PostgresConfiguration(url: url), logger: logger)
                defer { client.close() }
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                let redis = RedisClient(configuration: try RedisConfiguration(url: redisURL), logger: logger)
                let settings = JobQueueSettings()
                let scheduler = JobScheduler(
                    leadership: Leadership(client, name: "scheduler", holder: "test", term: settings.leaderTerm),
                    publisher: OutboxPublisher(client, redis: redis, settings: settings, logger: logger),
                    reaper: LeaseReaper(client, settings: settings), retention: Retention(client), client: client, settings: settings,
                    metrics: MetricCatalog(build: BuildInfo(version: "0", role: "test")), logger: logger, cleaning: .milliseconds(1))
                try await client.withTransaction { connection in
                    _ = try await connection.query("lock table portolan.kept_reply in access exclusive mode")
                    let running = Task { try await scheduler.run() }
                    try await eventually {
                        try await !client.query(
                            """
                            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
                              and query like '%delete from portolan.kept_reply%'
                            """
                        ).isEmpty
                    }
                    _ = try await PostgresJobStore(client).submit(
                        JobSubmission(
                            library: "lib", version: "1.0", settings: IngestionSettings(rootURL: "https://docs.example.com/"),
                            correlationID: "test"), access: .all)
                    try await eventually { try await redis.streamLength(settings.stream("normal")) == 1 }
                    running.cancel()
                    try await running.value
                }
                await redis.shutDown()
            }
        }
    }
}
