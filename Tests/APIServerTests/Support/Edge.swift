import APIClient
import APIModel
import Connectors
import Digests
import Domain
import Fetch
import FoundationEssentials
import Ingestion
import Logging
import MCP
import Policy
import Postgres
import Primitives
import Processing
import Resilience
import Retrieval
import ServiceLifecycle
import Storage
import Telemetry
import TestSupport
import Testing

@testable import APIServer

/// A running public and admin server on a new database.
struct Edge: Sendable {
    @TaskLocal static var current: Edge?

    static let token = "a-token-for-the-tests"
    /// What the providers sign with.
    static let webhookSecret = "a-secret-for-webhooks"
    private static let receivers: [any WebhookReceiver] = [
        ShoutReceiver(), GitHubWebhook(secret: Redacted(webhookSecret)), NotionWebhook(secret: Redacted(webhookSecret)),
        ConfluenceWebhook(secret: Redacted(webhookSecret)),
    ]

    let url: String
    let adminURL: String
    let fetcher: HTTPFetcher
    let database: PostgresClient
    let audit: AuditBuffer
    let metrics: MetricCatalog
    let readiness: Readiness
    let logs: LogRecorder
    /// The seeded documentation.
    let guide: DocumentationID
    let routes: [(method: String?, template: String)]
    /// Method and path of those that the description of the API has.
    let contracts: Set<String>

    var replies: PostgresIdempotencyStore { PostgresIdempotencyStore(database) }

    /// How the servers are set up.
    struct Options: Sendable {
        var authenticator: any Authenticator = TokenAuthenticator(token: Redacted(Edge.token))
        /// Whether keys are taken beside the token; the clock is theirs.
        var keys: (@Sendable () -> ContinuousClock.Instant)?
        var rateLimits = RateLimitPolicy.off
        var publicURL: String?
        var bind = "127.0.0.1"
        var corsOrigins = ["https://app.example.com"]
        var trustedProxies: [IPNetwork] = []
        var protectedResource: ProtectedResource?
        var idleTimeout = Duration.seconds(60)
        var limiter: any RateLimiter = LocalRateLimiter()
        var strangers: any RateLimiter = LocalRateLimiter()
        var bodyLimit = ByteCount.mebibytes(1)
        var checks: [DependencyCheck] = []
        var tier: @Sendable () -> MemoryTier = { .normal }
        /// What searches answered lately.
        var recent: RecentAnswers?
        /// Whether the database is known to be away.
        var isDatabaseAway: @Sendable () -> Bool = { false }
        var breakers: any BreakerDirectory = MemoryBreakers()
        var requestTimeout: Duration = .seconds(12)
    }

    /// Runs `body` with both servers, and stops them gracefully afterwards.
    static func with(_ options: Options = Options(), _ body: (Edge) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { databaseURL in
            let logs = LogRecorder()
            let logger = Logger(label: "edge") { _ in logs }
            let database = try PostgresClient(
                configuration: PostgresConfiguration(url: databaseURL), logger: Logger(label: "database") { _ in SwiftLogNoOpLogHandler() })
            defer { database.close() }
            try await MigrationRunner(client: database, migrations: Schema.migrations).run()
            let guide = try await Seed(database: database).run()
            let fetcher = try HTTPFetcher()
            let metrics = MetricCatalog(build: BuildInfo(version: "1.2.3", role: "api"))
            let readiness = Readiness()
            let check = DependencyCheck(name: "postgres", isHard: true) { _ = try await database.query("select 1") }
            let health = HealthMonitor(checks: [check] + options.checks, logger: logger)
            let board = HealthBoard(checks: [check] + options.checks, logger: logger)
            await board.round()
            let service = ServiceHealth(board: board, readiness: readiness, version: "1.2.3", tier: options.tier)
            let ports = Locked((open: 0, admin: 0))
            let serving = Expectation()
            let admin = AdminServer(
                bind: "127.0.0.1", port: 0, readiness: readiness, health: health, registry: metrics.registry, service: service,
                logger: logger
            ) { port in
                ports.withLock { $0.admin = port }
                serving.fulfill()
            }
            var configuration = PublicServer.Configuration()
            configuration.port = 0
            configuration.rateLimits = options.rateLimits
            (configuration.publicURL, configuration.bind) = (options.publicURL, options.bind)
            configuration.bodyLimit = options.bodyLimit
            configuration.corsOrigins = options.corsOrigins
            configuration.trustedProxies = options.trustedProxies
            configuration.protectedResource = options.protectedResource
            configuration.idleTimeout = options.idleTimeout
            configuration.requestTimeout = options.requestTimeout
            let authenticator: any Authenticator =
                if let now = options.keys {
                    KeyAuthenticator(token: Redacted(Self.token), keys: PostgresAPIKeyStore(database), now: now)
                } else {
                    options.authenticator
                }
            let buffer = AuditBuffer(database)
            let server = PublicServer(
                configuration: configuration, services: services(database, fetcher), authenticator: authenticator,
                limiter: options.limiter, strangers: options.strangers,
                operations: PublicServer.Operations(
                    health: service, breakers: options.breakers, tier: options.tier, recent: options.recent,
                    isDatabaseAway: options.isDatabaseAway), readiness: readiness, metrics: metrics,
                build: BuildInfo(version: "1.2.3", role: "api"), logger: logger, audit: logger, auditSink: buffer
            ) { port in
                ports.withLock { $0.open = port }
                readiness.markStarted()
                serving.fulfill()
            }
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: admin), .init(service: server)],
                    logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() }))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await serving.fulfillment(2)
                let edge = Edge(
                    url: "http://127.0.0.1:\(ports.withLock { $0.open })", adminURL: "http://127.0.0.1:\(ports.withLock { $0.admin })",
                    fetcher: fetcher, database: database, audit: buffer, metrics: metrics, readiness: readiness, logs: logs, guide: guide,
                    routes: server.routes, contracts: server.contracts)
                let result: Swift.Result<Void, any Error>
                do { result = .success(try await body(edge)) } catch { result = .failure(error) }
                edge.fetcher.close()
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                #expect(readiness.phase == .draining)
                try result.get()
            }
        }
    }

    private static func services(_ database: PostgresClient, _ fetcher: HTTPFetcher) -> PublicServices {
        let jobs = PostgresJobStore(database)
        let search = SearchService(
            store: PostgresSearchStore(database), embedding: QueryEmbedding(embedder: nil, breaker: CircuitBreaker(name: "embedder")))
        let verifications = PostgresVerificationStore(database)
        let verifier = JobVerifier(store: verifications) { text, documentation, limit in
            let answer = try await search.search(
                SearchQuery(text: text, scope: SearchScope(documentation: documentation), limit: limit), access: .all)
            return (
                answer.hits.map { JobVerifier.Hit(path: $0.section.path, url: $0.url, score: $0.score, excerpt: $0.excerpt) },
                answer.mode.rawValue
            )
        }
        return PublicServices(
            jobs: jobs, documentations: PostgresDocumentationStore(database), libraries: PostgresLibraryAccessStore(database),
            sources: PostgresSourceStore(database),
            synchronization: PostgresSourceSyncStore(database), webhooks: receivers, events: PostgresEventStore(database),
            verifications: verifications, catalog: PostgresCatalogQueries(database), replies: PostgresIdempotencyStore(database),
            verifier: verifier, search: search,
            ingestion: IngestionService(
                jobs: jobs, sources: SourceRegistry([WebsiteConnector(fetcher: fetcher, policy: URLPolicy(), gates: GateRegistry())]),
                maxPages: 77), directory: PostgresSectionDirectory(database), publications: PostgresPublicationFeed(database))
    }

    var client: PortolanClient { PortolanClient(baseURL: url, token: Redacted(Self.token), fetcher: fetcher) }

    /// Sends a request with the token.
    func send(
        _ method: String, _ path: String, _ headers: FetchHeaders = [:], body: String = "", token: String? = Edge.token
    ) async throws -> Reply {
        var headers = headers
        if let token, headers["Authorization"] == nil { headers["Authorization"] = "Bearer \(token)" }
        if !body.isEmpty, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let base = path.hasPrefix("http") ? "" : url
        return Reply(try await fetcher.send(FetchRequest(method, base + path, headers: headers, body: Array(body.utf8))))
    }

    /// Gets `path` with the token.
    func get(_ path: String, _ headers: FetchHeaders = [:]) async throws -> Reply { try await send("GET", path, headers) }

    /// Asks for an ingestion.
    func submit(_ body: String, _ headers: FetchHeaders = [:]) async throws -> Reply {
        try await send("POST", "/v1/documentation/ingestion", headers, body: body)
    }
}

/// A response, read as JSON or as a problem.
struct Reply: Sendable, CustomStringConvertible {
    let status: Int
    let headers: FetchHeaders
    let body: [UInt8]

    init(_ response: FetchResponse) { (status, headers, body) = (response.status, response.headers, response.body) }

    var text: String { String(decoding: body, as: UTF8.self) }
    var problem: Problem? { try? WireJSON.decode(Problem.self, from: body) }
    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    var description: String { "\(status) \(text.prefix(2000))" }
}

/// Gives each suite one server for all its tests, which must leave its data as it is.
struct EdgeTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await Edge.with { edge in try await Edge.$current.withValue(edge) { try await function() } }
    }
}

extension Trait where Self == EdgeTrait {
    /// See ``EdgeTrait``.
    static var sharedEdge: EdgeTrait { EdgeTrait() }
}

/// Remembers log lines.
final class LogRecorder: LogHandler, Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]
    }

    private let recorded = Locked<[Line]>([])

    var lines: [Line] { recorded.withLock { $0 } }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).mapValues { $0.description }
        recorded.withLock { $0.append(Line(level: event.level, message: event.message.description, metadata: metadata)) }
    }
}
