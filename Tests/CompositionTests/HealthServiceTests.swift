import Composition
import Connectors
import Digests
import Fetch
import Fleet
import FoundationEssentials
import Logging
import Primitives
import Redis
import Resilience
import Telemetry
import TestSupport
import Testing

@Suite struct `What somebody outside is told` {
    private let quiet = Logger(label: "alerts") { _ in SwiftLogNoOpLogHandler() }

    private struct Told: Decodable, Equatable {
        let id: String
        let event: String
        let subject: String
        let from: String?
        let to: String
        let role: String
    }

    private func catalog() -> MetricCatalog { MetricCatalog(build: BuildInfo(version: "1", role: "api")) }

    @Test func `A callback is signed, repeated until the receiver has it, and the same in each repetition`() async throws {
        let answers = Locked([HTTPServerResponse.status(500), .status(503), .status(204)])
        try await LoopbackHTTPServer.withServer { _ in
            answers.withLock { $0.isEmpty ? .status(204) : $0.removeFirst() }
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let (metrics, queue, pauses) = (catalog(), AlertQueue(), Locked(0))
            let callback = SignedCallback(
                fetcher: fetcher, url: Redacted(server.url + "/hook"), secret: Redacted("a-secret-of-some-length"),
                dependency: Dependency(DependencyProfile("alerts", concurrency: 2, waiting: 10)))
            let service = AlertService(
                queue: queue, callback: callback, origin: .init(role: "api", instance: "host", version: "1"), metrics: metrics.health,
                logger: quiet, isNews: { _, _ in true }, sleep: { _ in pauses.withLock { $0 += 1 } })
            queue.post(Alert(event: "health.changed", subject: "postgres", from: "healthy", to: "unhealthy"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                try await eventually { metrics.health.callbacks.value("sent") == 1 }
                group.cancelAll()
            }
            #expect(server.requests.count == 3 && pauses.withLock(\.self) == 2)
            for request in server.requests {
                let stamp = try #require(request["X-Portolan-Timestamp"])
                let signature = SignedCallback.signature(request.body, timestamp: stamp, secret: "a-secret-of-some-length")
                #expect(request["X-Portolan-Signature"] == signature && signature.hasPrefix("sha256="))
                #expect(request["X-Portolan-Event"] == "health.changed")
                let told = try JSONDecoder().decode(Told.self, from: Data(request.body))
                #expect(told.subject == "postgres" && told.from == "healthy" && told.to == "unhealthy" && told.role == "api")
                #expect(request["X-Portolan-Delivery"] == told.id)
            }
            #expect(Set(server.requests.map(\.body)).count == 1)
        }
    }

    @Test func `Whether it was told is noted, so that what was given up is news for others`() async throws {
        let answer = Locked(204)
        try await LoopbackHTTPServer.withServer { _ in
            .status(answer.withLock(\.self))
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let (metrics, queue, noted) = (catalog(), AlertQueue(), Locked<[String]>([]))
            let service = AlertService(
                queue: queue,
                callback: SignedCallback(
                    fetcher: fetcher, url: Redacted(server.url), secret: Redacted("a-secret-of-some-length"),
                    dependency: Dependency(DependencyProfile("alerts", concurrency: 2, waiting: 10))),
                origin: .init(role: "api", instance: "host", version: "1"), metrics: metrics.health, logger: quiet,
                isNews: { _, _ in true }, settle: { mark, state, isTold in noted.withLock { $0.append("\(mark) \(state) \(isTold)") } })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                queue.post(Alert(event: "recovery.manual", subject: "redis", from: nil, to: "unhealthy"))
                try await eventually { noted.withLock(\.count) == 1 }
                answer.withLock { $0 = 400 }
                queue.post(Alert(event: "breaker.changed", subject: "github", from: nil, to: "open"))
                try await eventually { noted.withLock(\.count) == 2 }
                group.cancelAll()
            }
            #expect(noted.withLock(\.self) == ["recovery.manual:redis unhealthy true", "breaker.changed:github open false"])
        }
    }

    @Test func `A receiver that refuses for good is asked once, one that stays away six times`() async throws {
        for (status, asked) in [(400, 1), (500, 6)] {
            try await LoopbackHTTPServer.withServer { _ in
                .status(status)
            } body: { server in
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let (metrics, queue) = (catalog(), AlertQueue())
                let service = AlertService(
                    queue: queue,
                    callback: SignedCallback(
                        fetcher: fetcher, url: Redacted(server.url), secret: Redacted("a-secret-of-some-length"),
                        // Its own circuit would open on the way.
                        dependency: Dependency(DependencyProfile("alerts", failures: 100, concurrency: 2, waiting: 10))),
                    origin: .init(role: "api", instance: "host", version: "1"), metrics: metrics.health, logger: quiet,
                    isNews: { _, _ in true }, sleep: { _ in })
                queue.post(Alert(event: "breaker.changed", subject: "github", from: nil, to: "open"))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await service.run() }
                    try await eventually { metrics.health.callbacks.value("given_up") == 1 }
                    group.cancelAll()
                }
                // The window of the circuit may end the attempts before, which is the same to the receiver.
                #expect(server.requests.count <= asked && server.requests.count >= 1)
            }
        }
    }

    @Test func `What one process has told is no news in another, and what changes back is`() async throws {
        try await TestRedis.withRedis { url in
            let clients = try (0..<2).map { _ in RedisClient(configuration: try RedisConfiguration(url: url), logger: quiet) }
            let signals = clients.map { FleetSignals(redis: $0, patience: .seconds(30)) }
            #expect(await signals[0].isNews("postgres", "unhealthy"))
            #expect(await !signals[1].isNews("postgres", "unhealthy"))
            #expect(await signals[1].isNews("postgres", "healthy"))
            #expect(await !signals[0].isNews("postgres", "healthy"))
            // What was not delivered is news for the next one; what was is none for long.
            await signals[1].settle("postgres", "healthy", isTold: false)
            #expect(await signals[0].isNews("postgres", "healthy"))
            await signals[0].settle("postgres", "healthy", isTold: true)
            #expect(await !signals[1].isNews("postgres", "healthy"))
            let rest = try await clients[0].command("PTTL", "portolan:told:postgres").integer ?? 0
            #expect(rest > 600_000_000 && rest <= 604_800_000)
            // Another outage of the same component calls somebody again.
            #expect(await signals[0].isNews("recovery.manual:redis", "unhealthy"))
            await signals[0].settle("recovery.manual:redis", "unhealthy", isTold: true, memory: .seconds(3600))
            #expect(await !signals[1].isNews("recovery.manual:redis", "unhealthy"))
            await signals[1].forget("recovery.manual:redis")
            #expect(await signals[1].isNews("recovery.manual:redis", "unhealthy"))
            for client in clients { await client.shutDown() }
            // Twice is better than never.
            #expect(await signals[0].isNews("postgres", "healthy"))
        }
    }

    @Test func `More alerts than have room are dropped and counted`() {
        let dropped = Locked(0)
        let queue = AlertQueue { dropped.withLock { $0 += 1 } }
        for _ in 0..<AlertQueue.capacity + 3 { queue.post(Alert(event: "health.changed", subject: "redis", from: nil, to: "healthy")) }
        #expect(dropped.withLock { $0 } == 3)
    }
}

@Suite struct `Memory of a process` {
    private let quiet = Logger(label: "memory") { _ in SwiftLogNoOpLogHandler() }

    @Test func `A forced reading raises the tier, is told, and falls again`() async throws {
        let share = Locked(0.5)
        let told = Locked<[String]>([])
        let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "api"))
        let watch = MemoryWatch(metrics: metrics.health, logger: quiet) {
            MemoryReading(used: ByteCount(bytes: Int(share.withLock(\.self) * 1000)), limit: ByteCount(bytes: 1000))
        } onChange: { before, after, _ in
            told.withLock { $0.append("\(before.name) \(after.name)") }
        }
        await watch.look()
        #expect(watch.tier == .normal)
        share.withLock { $0 = 0.93 }
        await watch.look()
        #expect(watch.tier == .critical && metrics.health.tier.value() == 3 && metrics.health.memoryUsage.value() == 0.93)
        share.withLock { $0 = 0.2 }
        for _ in 0..<6 { await watch.look() }
        #expect(watch.tier == .normal)
        #expect(told.withLock { $0 } == ["normal critical", "critical constrained", "constrained normal"])
    }

    @Test func `A change of tier is in the stream, which stays short, and on the channel`() async throws {
        try await TestRedis.withRedis { url in
            let redis = RedisClient(configuration: try RedisConfiguration(url: url), logger: quiet)
            let subscription = redis.subscribe(to: [FleetSignals.degradation])
            var events = subscription.makeAsyncIterator()
            #expect(await events.next() == .listening)
            let signals = FleetSignals(redis: redis)
            try await signals.announceTier([("role", "worker"), ("tier", "critical")], json: Array(#"{"tier":"critical"}"#.utf8))
            #expect(await events.next() == .message(.init(channel: "portolan:degradation", payload: Array(#"{"tier":"critical"}"#.utf8))))
            for _ in 0..<400 { try await signals.announceTier([("tier", "normal")], json: []) }
            let length = try await redis.command("XLEN", "portolan:degradation").integer ?? 0
            #expect(length >= 100 && length < 300)
            await redis.shutDown()
        }
    }

    @Test func `A cgroup's bound counts, without what the kernel gives back on demand; without a bound the machine does`() async throws {
        try await withTemporaryDirectory { folder in
            func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
            try write("memory.max", "1000\n")
            try write("memory.current", "900\n")
            try write("memory.stat", "anon 500\ninactive_file 300\nslab 5\n")
            #expect(MemoryReading.current(cgroup: folder) == MemoryReading(used: ByteCount(bytes: 600), limit: ByteCount(bytes: 1000)))
            try write("memory.max", "max\n")
            let machine = try #require(MemoryReading.current(cgroup: folder))
            #expect(machine.limit > .mebibytes(64) && machine.used > .mebibytes(1) && machine.share < 1)
            #expect(MemoryReading.current(cgroup: folder, proc: folder) == nil)
        }
    }

    @Test func `Intake rests while anything speaks against it`() {
        let told = Locked<[Bool]>([])
        let intake = IntakeSwitch()
        intake.set("memory", true)
        intake.observe { isPaused in told.withLock { $0.append(isPaused) } }
        intake.set("postgres", true)
        intake.set("memory", false)
        #expect(intake.isPaused)
        intake.set("postgres", false)
        #expect(!intake.isPaused && told.withLock(\.self) == [true, false])
    }
}

@Suite struct `Files of features` {
    private let quiet = Logger(label: "features") { _ in SwiftLogNoOpLogHandler() }

    private func lines(_ body: () throws -> Void) -> [String] {
        do { try body() } catch { return (error as? SettingsError)?.lines ?? ["\(error)"] }
        return []
    }

    @Test func `The environment comes before the file, the file before the default`() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/features.yaml"
            try Data("vector_search: {enabled: true, percentage: 25, description: a trial}\n".utf8).write(to: URL(filePath: path))
            let file = try FeatureSource(path: path, environment: [:]).rules()
            #expect(file[.vectorSearch] == FeatureRule(isEnabled: true, percentage: 25, note: "a trial"))
            let both = try FeatureSource(path: path, environment: ["FF_VECTOR_SEARCH": "off", "HOME": "/"]).rules()
            #expect(both[.vectorSearch]?.share == 0)
            #expect(try FeatureSource(path: nil, environment: [:]).rules().isEmpty)
            #expect(try FeatureSource(path: nil, environment: ["FF_VECTOR_SEARCH": "12.5"]).rules()[.vectorSearch]?.share == 0.125)
        }
    }

    @Test(arguments: [
        ("search_by_smell: on", "no such feature: search_by_smell"), ("vector_search: maybe", "must be on, off"),
        ("vector_search: {percentage: 5}", "enabled is missing"), ("vector_search: {enabled: true, percentage: 101}", "from 0 to 100"),
        ("vector_search: {enabled: yes}", "true or false"), ("- vector_search", "mapping"),
        ("vector_search: {enabled: true, owner: me}", "there is no owner"),
    ]) func `A mistake is one line that names it`(_ text: String, _ words: String) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/features.yaml"
            try Data(text.utf8).write(to: URL(filePath: path))
            let found = lines { _ = try FeatureSource(path: path, environment: [:]).rules() }
            #expect(found.count == 1 && found[0].contains(words), "\(found)")
        }
        #expect(lines { _ = try FeatureSource(path: nil, environment: ["FF_NOTHING": "on"]).rules() }.count == 1)
    }

    @Test func `A changed file is followed, one with a mistake is not`() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/features.yaml"
            func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
            try write("vector_search: on\n")
            let source = FeatureSource(path: path, environment: [:])
            let metrics = MetricCatalog(build: BuildInfo(version: "1", role: "api"))
            let flags = FeatureFlags(try source.rules())
            let service = FeatureService(source: source, flags: flags, metrics: metrics.features, logger: quiet)
            service.look()
            #expect(metrics.features.reloads.value("ok") == 0)
            try write("vector_search: {enabled: false}\n")
            service.look()
            #expect(!flags.isOn(.vectorSearch) && metrics.features.share.value("vector_search") == 0)
            try write("vector_search: perhaps, one day\n")
            service.look()
            #expect(!flags.isOn(.vectorSearch) && metrics.features.reloads.value("refused") == 1)
            try write("vector_search: 100\n")
            service.look()
            #expect(flags.isOn(.vectorSearch) && metrics.features.reloads.value("ok") == 2)
        }
    }
}

@Suite struct `Circuits in the settings` {
    private func profiles(_ text: String) throws -> [DependencyProfile] {
        try Settings(SettingsSource(environment: ["PORTOLAN_BREAKERS": text])).dependencies
    }

    @Test func `Values of one kind are changed and the others stay`() throws {
        let changed = try profiles("github=3/120, embedder=7/30/1")
        let github = try #require(changed.first { $0.kind == "github" })
        #expect(
            github.breaker.consecutiveFailures == 3 && github.breaker.recovery == .seconds(120) && github.breaker.halfOpenSuccesses == 3)
        let embedder = try #require(changed.first { $0.kind == "embedder" })
        #expect(
            embedder.breaker.consecutiveFailures == 7 && embedder.breaker.windowFailures == 7 && embedder.breaker.halfOpenSuccesses == 1)
        #expect(changed.first { $0.kind == "notion" } == DependencyProfile.all.first { $0.kind == "notion" })
    }

    @Test(arguments: ["weather=3/60", "github", "github=1/60", "github=5", "github=5/0", "github=5/60/11", "github=a/b", "=5/60"])
    func `A mistake is told`(_ text: String) {
        #expect(throws: SettingsError.self) { try profiles(text) }
    }
}
