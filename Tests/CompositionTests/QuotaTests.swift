import APIServer
import EmbeddedServices
import Logging
import Postgres
import Primitives
import Redis
import Resilience
import Storage
import Telemetry
import TestSupport
import Testing

@testable import Composition

/// Two replicas of the api, as far as their quotas go.
private struct Replicas {
    let redis: [RedisClient]
    let limiters: [RedisRateLimiter]
    let metrics: MetricCatalog
    let server: PrivateRedis

    /// - Parameter patience: how long the second replica waits for a decision.
    static func with(patience: Duration = .seconds(30), _ body: (Replicas) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await TestRedis.withServer { server in
            // What was allowed is told to the events, which stay in memory here.
            let client = try PostgresClient(configuration: PostgresConfiguration(url: "postgres://127.0.0.1:1/none"), logger: logger)
            defer { client.close() }
            let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "test"))
            let events = EventRecorder(EventBuffer(client, process: .running(as: "test", configHash: "0")), metrics)
            let redis = try (0..<2).map { _ in RedisClient(configuration: try RedisConfiguration(url: server.redisURL), logger: logger) }
            let replicas = Replicas(
                redis: redis,
                limiters: zip(redis, [.seconds(30), patience]).map { redis, patience in
                    // Each replica has a view of its own of how Redis is.
                    RedisRateLimiter(
                        redis: redis, dependency: Dependencies().of("redis"), metrics: metrics, events: events, patience: patience)
                }, metrics: metrics, server: server)
            let result: Swift.Result<Void, any Error>
            do { result = .success(try await body(replicas)) } catch { result = .failure(error) }
            for client in redis { await client.shutDown() }
            try result.get()
        }
    }

    /// Sends `count` requests at once, half of them to each replica.
    func burst(_ count: Int, _ quota: Quota, subject: String = "key") async -> [Admission] {
        await withTaskGroup(of: Admission.self) { group in
            for number in 0..<count { group.addTask { await limiters[number % 2].admit(subject: subject, quota: quota) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}

@Suite(.serialized) struct `Quotas over two replicas` {
    /// So slow that nothing comes back during a test.
    private static let slow = RateLimit(perSecond: 0.0001, burst: 40)

    @Test func `A burst over both gets exactly what the quota has`() async throws {
        try await Replicas.with { replicas in
            let admissions = await replicas.burst(200, Quota(rate: Self.slow, concurrency: nil))
            #expect(admissions.count { $0.refusal == nil } == 40)
            #expect(Set(admissions.filter { $0.refusal == nil }.map(\.remaining)) == Set(0..<40))
            #expect(admissions.filter { $0.refusal != nil }.allSatisfy { $0.refusal == .rate && $0.retryAfter > .zero && $0.place == nil })
            #expect(await replicas.burst(10, Quota(rate: Self.slow, concurrency: nil), subject: "another").allSatisfy { $0.refusal == nil })
        }
    }

    @Test func `So many are worked on at a time, whichever replica has them`() async throws {
        try await Replicas.with { replicas in
            let quota = Quota(rate: Self.slow, concurrency: 5)
            let admissions = await replicas.burst(30, quota)
            let admitted = admissions.filter { $0.refusal == nil }
            #expect(admitted.count == 5 && Set(admitted.compactMap(\.free)) == Set(0..<5))
            #expect(admissions.filter { $0.refusal != nil }.allSatisfy { $0.refusal == .concurrency && $0.free == 0 && $0.place == nil })
            // What was refused for want of a place cost no request.
            #expect(admitted.map(\.remaining).min() == 35)
            let places = admitted.compactMap(\.place)
            #expect(Set(places.map(\.id)).count == 5 && places.allSatisfy { !$0.isLocal })
            // Any replica may give a place back.
            await replicas.limiters[1].release(places[0])
            await replicas.limiters[0].release(places[1])
            #expect(await replicas.burst(10, quota).count { $0.refusal == nil } == 2)
        }
    }

    @Test func `The place of a replica that died is free again when its time is over`() async throws {
        try await Replicas.with { replicas in
            let quota = Quota(rate: Self.slow, concurrency: 2)
            #expect(await replicas.burst(2, quota).allSatisfy { $0.refusal == nil })
            #expect(await replicas.limiters[0].admit(subject: "key", quota: quota).refusal == .concurrency)
            // The server's clock cannot be moved: the times of the places are.
            let keys = try await replicas.redis[0].command("KEYS", "portolan:places:*").array ?? []
            let key = try #require(keys.first?.string)
            let members = try await replicas.redis[0].command("ZRANGE", .text(key), "0", "-1").array ?? []
            let ttl = try await replicas.redis[0].command("TTL", .text(key)).integer ?? 0
            #expect(keys.count == 1 && members.count == 2 && (1...Int64(Place.lifetime.seconds)).contains(Int64(ttl)))
            for member in members {
                _ = try await replicas.redis[0].command("ZADD", .text(key), "1", .text(member.string ?? ""))
            }
            #expect(await replicas.limiters[1].admit(subject: "key", quota: quota).free == 1)
        }
    }

    /// Every kind that there is, in place of the bucket and of the places.
    @Test(arguments: ["SET * x", "RPUSH * x", "SADD * x", "HSET * tokens many", "ZADD * 1 x", "XADD * 1-1 x y"])
    func `What somebody else put in the place of a quota is thrown away, and the quota counts exactly`(command: String) async throws {
        try await Replicas.with { replicas in
            let quota = Quota(rate: Self.slow, concurrency: 3)
            let places = await replicas.burst(2, quota).compactMap(\.place)
            let keys = try await replicas.redis[0].command("KEYS", "portolan:*").array?.compactMap(\.string) ?? []
            #expect(keys.count == 2)
            for place in places { await replicas.limiters[0].release(place) }
            for key in keys {
                _ = try await replicas.redis[0].command("DEL", .text(key))
                let words = command.split(separator: " ").map { RedisArgument.text($0 == "*" ? key : String($0)) }
                _ = try await replicas.redis[0].command(words)
            }
            let admissions = await replicas.burst(20, quota)
            #expect(admissions.count { $0.refusal == nil } == 3, "\(admissions)")
            #expect(admissions.compactMap(\.place).allSatisfy { !$0.isLocal })
            let page = await replicas.metrics.registry.exposition(.prometheusText)
            #expect(page.contains("portolan_rate_limit_fallbacks_total 0"))
        }
    }

    @Test func `A decision that came too late leaves no place behind`() async throws {
        try await Replicas.with(patience: .milliseconds(50)) { replicas in
            let quota = Quota(rate: Self.slow, concurrency: 1)
            let steady = replicas.redis[0]
            // Connected, and with the script known.
            _ = await replicas.limiters[1].admit(subject: "another", quota: quota)
            await replicas.limiters[0].release(try #require(await replicas.limiters[0].admit(subject: "key", quota: quota).place))
            // Scripts that write wait from here on, however slow this machine is; other commands are answered.
            _ = try await steady.command("CLIENT", "PAUSE", "3600000", "WRITE")
            let admission = await replicas.limiters[1].admit(subject: "key", quota: quota)
            #expect(admission.refusal == nil && admission.place?.isLocal == true)
            _ = try await steady.command("CLIENT", "UNPAUSE")
            // The script and what takes its place back run now, on the connection on which they were sent.
            let often = Quota(rate: RateLimit(perSecond: 1000, burst: 1000), concurrency: 1)
            try await eventually(within: .seconds(60)) { await replicas.limiters[0].admit(subject: "key", quota: often).refusal == nil }
        }
    }

    @Test func `While Redis is away each replica counts for itself, and says so`() async throws {
        try await Replicas.with { replicas in
            await replicas.server.stop()
            let quota = Quota(rate: Self.slow, concurrency: 3)
            let admissions = await replicas.burst(20, quota)
            let places = admissions.compactMap(\.place)
            #expect(places.count == 6 && places.allSatisfy(\.isLocal))
            await replicas.limiters[0].release(places[0])
            let page = await replicas.metrics.registry.exposition(.prometheusText)
            #expect(page.contains("portolan_rate_limit_fallbacks_total 20"))
        }
    }
}
