import ArgumentParser
import Domain
import EmbeddedServices
import JobQueue
import Logging
import Postgres
import Primitives
import Redis

/// Jobs that do nothing, from the outbox over the stream and a lease to their final row, beside Celery on the same Redis.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-jobs", abstract: "Measures the job queue beside its peer.")

    @OptionGroup var peer: Peer
    @Option(help: "Jobs of a round.") var jobs = 5000
    @Option(help: "Folder for what is kept between runs.") var state = ".build/benchmark/state"
    @Option(help: "The script that times the peer.") var timer = "deploy/benchmark/celery_rate.py"

    /// Ends the job at once in the shortest way that a handler has: as STOPPED.
    private struct EmptyHandler: JobHandler {
        func run(_ lease: JobLease, context: JobContext) async throws { throw LeaseLoss.stopRequested }
    }

    func run() async throws {
        try await Laboratory.with(state: state) { laboratory in
            var settings = PrivateRedis.Settings()
            // The address that the peer has built in.
            settings.listening = .loopback(port: 6390)
            settings.parameters = ["requirepass": "\"\""]
            let server = try await PrivateRedis.start(directory: "\(laboratory.state)/redis", settings: settings)
            let result: Swift.Result<BenchmarkResult, any Error>
            do { result = .success(try await measure(laboratory, socket: server.socketPath)) } catch { result = .failure(error) }
            await server.stop()
            try result.get().report()
        }
    }

    private func measure(_ laboratory: Laboratory, socket: String) async throws -> BenchmarkResult {
        let redis = RedisClient(configuration: RedisConfiguration(endpoint: .unix(path: socket)), logger: laboratory.logger)
        var rates: [Double] = []
        for _ in 0..<3 { rates.append(try await rate(laboratory, redis)) }
        await redis.shutDown()
        let output = try await peer.run(Laboratory.absolute(timer), [peer.peers, "\(jobs)"])
        return BenchmarkResult(
            "jobs", rate: rates.percentile(0.5), peer: try Peer.number(before: "jobs/s", in: output), unit: "jobs/s", atLeast: 20,
            detail: "\(jobs) empty jobs, outbox to final row, median of 3")
    }

    private func rate(_ laboratory: Laboratory, _ redis: RedisClient) async throws -> Double {
        try await laboratory.clear()
        try await submit(laboratory.client)
        var settings = JobQueueSettings()
        settings.slots = jobs
        let publisher = OutboxPublisher(laboratory.client, redis: redis, settings: settings, logger: laboratory.logger)
        let runner = JobRunner(
            leases: LeaseStore(laboratory.client, settings: settings), handler: EmptyHandler(), settings: settings, holder: "bench",
            logger: laboratory.logger)
        let (ends, end) = AsyncStream.makeStream(of: JobEnd.self)
        let consumer = StreamConsumer(
            redis: redis, client: laboratory.client, runner: runner, settings: settings, name: "bench", concurrency: 2048,
            logger: laboratory.logger
        ) { end.yield($0) }
        return await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await consumer.run() }
            let start = ContinuousClock.now
            group.addTask {
                while !Task.isCancelled {
                    if try await publisher.publish() == 0 { try await Task.sleep(for: .milliseconds(10)) }
                }
            }
            var done = 0
            for await end in ends {
                if end == .stopped { done += 1 }
                if done == jobs { break }
            }
            let seconds = start.duration(to: .now).milliseconds / 1000
            group.cancelAll()
            // The publisher's statement may be cut short by the cancellation.
            while let result = await group.nextResult() { _ = result }
            return Double(jobs) / seconds
        }
    }

    /// Writes the jobs with their outbox rows, each for a documentation of its own, as the API would.
    private func submit(_ client: PostgresClient) async throws {
        try await client.withTransaction { connection in
            _ = try await connection.query("insert into portolan.library (id, name) values (gen_random_uuid(), 'jobs')")
            _ = try await connection.query(
                "insert into portolan.library_version (id, library_id, version) select gen_random_uuid(), id, 'latest' from portolan.library"
            )
            _ = try await connection.query(
                """
                insert into portolan.documentation (id, version_id, root_url)
                select gen_random_uuid(), v.id, 'https://example.org/' || n from portolan.library_version v, generate_series(1, \(jobs)) n
                """)
            _ = try await connection.query(
                """
                insert into portolan.source (id, documentation_id, kind, location, settings)
                select gen_random_uuid(), id, 'website', root_url, '{}' from portolan.documentation
                """)
            _ = try await connection.query(
                """
                with made as (
                  insert into portolan.job (id, documentation_id, source_id, settings, correlation_id)
                  select gen_random_uuid(), documentation_id, id, '{}', 'bench' from portolan.source returning id)
                insert into portolan.outbox (job_id, stream) select id, 'normal' from made
                """)
        }
        try await client.withConnection { _ = try await $0.query("analyze") }
    }
}
