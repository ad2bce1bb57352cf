package import Domain
package import Fetch
package import Fleet
import FoundationEssentials
package import Logging
import Models
package import Policy
package import Postgres
import Primitives
package import Redis
package import Resilience
import Retrieval
import Storage
package import Telemetry

/// The connections of one process, made from its settings.
package struct Backends: Sendable {
    package let settings: Settings
    package let metrics: MetricCatalog
    package let logger: Logger
    package let postgres: PostgresClient
    package let redis: RedisClient
    package let fetcher: HTTPFetcher
    /// The gates that this process asks, all through this one registry.
    package let gates: GateRegistry
    /// What happens outside of the database's own statements.
    package let events: EventRecorder
    /// The circuits to everything that this process calls.
    package let dependencies: Dependencies
    /// The state of those circuits that all processes share.
    package let breakers: BreakerWatch
    /// What operators switch.
    package let features: FeatureFlags
    /// Makes spans; without a collector it makes none.
    package let tracer: Tracer
    /// Hears of what took long.
    package let slow: SlowWork
    /// What somebody outside is to be told.
    package let alerts: AlertQueue
    /// What searches answered lately.
    let answers = RecentAnswers.ofSearches()
    /// The vectors of the last questions.
    let vectors = RecentVectors.ofQuestions()
    /// Flags that the settings were read with.
    private let flags: [String: String]
    private let role: String

    /// Connects nowhere yet.
    /// - Parameters:
    ///   - gates: the registry that the settings were checked with.
    ///   - flags: settings of the command line, which come first also when something is read again.
    /// - Throws: the driver's error for a URL that cannot be read.
    package init(settings: Settings, role: String, gates: GateRegistry, flags: [String: String] = [:]) throws {
        (self.settings, self.flags) = (settings, flags)
        (self.gates, self.role) = (gates, role)
        logger = Logger(label: "portolan.\(role)")
        metrics = MetricCatalog(build: BuildInfo(version: Product.version, revision: Product.revision, role: role))
        guard let database = settings.databaseURL else { throw SettingsError(["PORTOLAN_DATABASE_URL: is required"]) }
        var configuration = try PostgresConfiguration(url: database.reveal()).named("portolan-\(role)").gated(by: gates)
        configuration.maximumLeases = 16
        // A process that froze inside a transaction keeps its locks no longer than its job.
        configuration.idleInTransactionTimeout = max(.seconds(5), settings.leaseDuration)
        let slowCount = metrics.traces.slow
        let recorder = Locked<EventRecorder?>(nil)
        let slowLogger = logger
        slow = SlowWork { type, payload, context in
            slowCount.increment(type == .slowQuery ? "query" : "operation")
            slowLogger.warning(
                "slow work", metadata: context.metadata.merging(payload.mapValues { .string($0) }) { $1 })
            recorder.withLock { $0 }?.record(NewEvent(type, .warning, payload))
        }
        let decisions = metrics.features.decisions
        features = FeatureFlags(try FeatureSource(path: settings.featuresFile).rules()) {
            decisions.increment($0.name, $1 ? "on" : "off")
        }
        tracer = Tracer(isOn: settings.traceURL != nil, ratio: settings.traceRatio)
        let durations = metrics.postgres.statementDuration
        let observer = WorkObserver(tracer: tracer, slow: slow) { durations.observe($0, trace: $1) }
        configuration.observer = observer
        postgres = try PostgresClient(configuration: configuration, logger: logger)
        // The api works without Redis: it is asked for at the first use only, and a missing URL is as good as a server that is away.
        let redisURL = settings.redisURL?.reveal() ?? "redis://127.0.0.1:1"
        var messages = try RedisConfiguration(url: redisURL)
        // The URL's own file comes first.
        if let file = settings.redisAuthorityFile, messages.tls?.authorityFile == nil { messages.tls?.authorityFile = file }
        redis = RedisClient(configuration: messages, logger: logger)
        let events = EventRecorder(
            EventBuffer(postgres, process: .running(as: "portolan-\(role)", configHash: settings.fingerprint)), metrics)
        self.events = events
        recorder.withLock { $0 = events }
        let health = metrics.health
        alerts = AlertQueue { health.callbacks.increment("dropped") }
        (dependencies, breakers) = Self.circuits(settings, redis, metrics, alerts, logger)
        var fetching = HTTPFetcher.Configuration()
        fetching.onEnd = { events.record($0) }
        fetching.observer = observer
        fetching.userAgent = "Portolan/\(Product.version)"
        fetcher = try HTTPFetcher(fetching)
        MetricCollectors.install(self)
        GateCollector.install(gates, metrics, logger, events)
    }

    /// Reads address and credentials of `component` again, as somebody who replaces a password does in the file of the secret, and connects with
    /// them from now on.
    /// - Returns: whether they are others than before.
    func readdress(_ component: String) -> Bool {
        let source = SettingsSource(flags: flags)
        switch component {
        case "postgres":
            guard let url = source.text("DATABASE_URL"), let other = try? PostgresConfiguration(url: url) else { return false }
            return postgres.readdress(other.named("portolan-\(role)"))
        case "redis":
            guard let url = source.text("REDIS_URL"), var other = try? RedisConfiguration(url: url) else { return false }
            if let file = settings.redisAuthorityFile, other.tls?.authorityFile == nil { other.tls?.authorityFile = file }
            return redis.readdress(other)
        default: return false
        }
    }

    /// The embedder of the settings; the local model is opened with its first text.
    package func embedder() -> (any Embedder)? {
        let embedder: any Embedder
        switch settings.embedder {
        case .none: return nil
        case .local(let directory):
            let local = LocalEmbedder(modelDirectory: directory, lanes: settings.embeddingLanes)
            let metrics = metrics
            metrics.registry.addCollector { metrics.embedder.queueDepth.set(local.waitingTexts) }
            embedder = local
        case .server(let url, let model, let dimension, let tokenLimit):
            embedder = OpenAIEmbedder(
                .init(baseURL: url, model: model, key: settings.embedderKey, dimension: dimension, tokenLimit: tokenLimit),
                fetcher: fetcher)
        }
        return MeasuredEmbedder(embedder: embedder, metrics: metrics, dependency: dependencies.of("embedder"))
    }

    /// Waits until the database answers and its schema is complete, with a bound and a clear line.
    package func waitForDatabase() async throws {
        let deadline = Deadline.after(settings.startTimeout)
        do {
            try await postgres.waitUntilReady(deadline: deadline)
        } catch {
            throw StartFailure(
                "The database does not answer within \(settings.startTimeout): \(error.description) Check PORTOLAN_DATABASE_URL.")
        }
        let runner = MigrationRunner(client: postgres, migrations: Schema.migrations)
        var reported = false
        while true {
            let pending = try await runner.pending(deadline: deadline)
            if pending.isEmpty { return }
            guard !deadline.hasPassed else {
                throw StartFailure("The schema lacks \(pending.joined(separator: ", ")): run `portolan migrate` first.")
            }
            if !reported { logger.info("waiting for migrations", metadata: ["pending": "\(pending.joined(separator: " "))"]) }
            reported = true
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Waits until Redis answers.
    package func waitForRedis() async throws {
        let deadline = Deadline.after(settings.startTimeout)
        while true {
            do {
                _ = try await redis.command("PING", deadline: .after(.seconds(3)))
                return
            } catch {
                guard !deadline.hasPassed else {
                    throw StartFailure(
                        "Redis does not answer within \(settings.startTimeout): \(error.description) Check PORTOLAN_REDIS_URL.")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}

/// Why a service cannot start, in one line.
package struct StartFailure: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What is shipped.
package enum Product {
    /// Semantic version of the release.
    package static let version = "0.1.0"
    /// Commit that it was built from, when the build says so.
    package static let revision = ProcessInfo.processInfo.environment["PORTOLAN_REVISION"] ?? "unknown"
}
