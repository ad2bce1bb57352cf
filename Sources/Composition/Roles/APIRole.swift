import APIServer
import Ingestion
import Logging
import Resilience
import Storage
import Telemetry

/// `portolan api`: REST and MCP. Stateless; Redis is a soft dependency.
package enum APIRole {
    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameter flags: settings that come before those of the environment, by name of the key.
    package static func run(flags: [String: String] = [:]) async throws {
        let runner = try RoleRunner("api", needs: [.database, .publicPort], redisIsHard: false, flags: flags)
        try await runner.run(waitsForRedis: false) { [server(runner)] }
    }

    private static func server(_ runner: RoleRunner) -> PublicServer {
        let (backends, readiness) = (runner.backends, runner.readiness)
        let settings = backends.settings
        var configuration = PublicServer.Configuration()
        configuration.bind = settings.bind
        configuration.port = settings.port
        configuration.publicURL = settings.publicURL
        configuration.surfaces = settings.surfaces
        configuration.rateLimits =
            switch settings.rateLimit {
            case .roles: .roles
            case .off: .off
            case .perSecond(let rate): .perSecond(rate)
            }
        let gates = backends.gates
        let breaker = CircuitBreaker(name: "embedder")
        MetricCollectors.install(breaker, backends.metrics)
        let jobs = PostgresJobStore(backends.postgres)
        let documentations = PostgresDocumentationStore(backends.postgres, gates: gates)
        let search = backends.searchService(embedder: backends.embedder(), gates: gates, breaker: breaker)
        let services = PublicServices(
            jobs: jobs, documentations: documentations, sources: PostgresSourceStore(backends.postgres, gates: gates),
            synchronization: PostgresSourceSyncStore(backends.postgres), webhooks: backends.webhookReceivers(),
            events: PostgresEventStore(backends.postgres), verifications: PostgresVerificationStore(backends.postgres),
            catalog: PostgresCatalogQueries(backends.postgres, gates: gates), replies: PostgresIdempotencyStore(backends.postgres),
            verifier: backends.verifier(search: search),
            search: search,
            ingestion: IngestionService(jobs: jobs, sources: backends.sources(gates: gates), maxPages: settings.crawlMaxPages))
        let authenticator: any Authenticator =
            if settings.authentication == .token, let token = settings.token {
                KeyAuthenticator(token: token, keys: PostgresAPIKeyStore(backends.postgres))
            } else {
                OpenAccess()
            }
        return PublicServer(
            configuration: configuration, services: services, authenticator: authenticator,
            limiter: RedisRateLimiter(redis: backends.redis, metrics: backends.metrics, events: backends.events), health: runner.health,
            readiness: readiness,
            metrics: backends.metrics, build: BuildInfo(version: Product.version, revision: Product.revision, role: "api"),
            logger: backends.logger, audit: Logger(label: "portolan.audit")
        ) { port in
            readiness.markStarted()
            backends.logger.info("api ready", metadata: ["port": "\(port)"])
        }
    }
}
