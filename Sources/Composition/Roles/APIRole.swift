import APIServer
import Ingestion
import Logging
import Resilience
import Storage
import Telemetry

/// `portolan api`: REST and MCP. Stateless; Redis is a soft dependency.
package enum APIRole {
    /// Serves until SIGTERM or SIGINT.
    package static func run() async throws {
        let runner = try RoleRunner("api", needs: [.database, .publicPort], redisIsHard: false)
        try await runner.run(waitsForRedis: false) { [server(runner)] }
    }

    private static func server(_ runner: RoleRunner) -> PublicServer {
        let (backends, readiness) = (runner.backends, runner.readiness)
        let (settings, memory, slow) = (backends.settings, runner.own.memory, backends.slow)
        var configuration = PublicServer.Configuration()
        configuration.bind = settings.bind
        configuration.port = settings.port
        configuration.publicURL = settings.publicURL
        configuration.requestTimeout = settings.requestTimeout
        configuration.rateLimits =
            switch settings.rateLimit {
            case .roles: .roles
            case .off: .off
            case .perSecond(let rate): .perSecond(rate)
            }
        let gates = backends.gates
        let jobs = PostgresJobStore(backends.postgres)
        let documentations = PostgresDocumentationStore(backends.postgres, gates: gates)
        let search = backends.searchService(embedder: backends.embedder(), gates: gates)
        let services = PublicServices(
            jobs: jobs, documentations: documentations, sources: PostgresSourceStore(backends.postgres, gates: gates),
            synchronization: PostgresSourceSyncStore(backends.postgres), webhooks: backends.webhookReceivers(),
            events: PostgresEventStore(backends.postgres), verifications: PostgresVerificationStore(backends.postgres),
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
            limiter: RedisRateLimiter(
                redis: backends.redis, dependency: backends.dependencies.of("redis"), metrics: backends.metrics, events: backends.events),
            operations: PublicServer.Operations(
                health: runner.serviceHealth, breakers: SharedBreakers(dependencies: backends.dependencies, watch: backends.breakers),
                tier: { memory.tier }, tracer: backends.tracer, onEnd: { slow.operation($0, took: $1) }),
            readiness: readiness,
            metrics: backends.metrics, build: BuildInfo(version: Product.version, revision: Product.revision, role: "api"),
            logger: backends.logger, audit: Logger(label: "portolan.audit")
        ) { port in
            readiness.markStarted()
            backends.logger.info("api ready", metadata: ["port": "\(port)"])
        }
    }
}
