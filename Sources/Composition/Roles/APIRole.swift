import APIServer
import Domain
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
        let runner = try RoleRunner("api", needs: ServiceRole.api.needs, redisIsHard: false, flags: flags)
        let audit = AuditRecorder(AuditBuffer(runner.backends.postgres), runner.backends.metrics)
        // Stopped in reverse: the last calls are written, too.
        try await runner.run(waitsForRedis: false) { [audit, server(runner, audit)] }
    }

    private static func server(_ runner: RoleRunner, _ audit: AuditRecorder) -> PublicServer {
        let (backends, readiness) = (runner.backends, runner.readiness)
        let (settings, memory, slow) = (backends.settings, runner.own.memory, backends.slow)
        var configuration = PublicServer.Configuration()
        configuration.bind = settings.bind
        configuration.port = settings.port
        configuration.publicURL = settings.publicURL
        configuration.surfaces = settings.surfaces
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
        let embedder = backends.embedder()
        MismatchCollector.installModel(backends.metrics, backends.postgres, embedder?.profile)
        let search = backends.searchService(embedder: embedder, gates: gates)
        let services = PublicServices(
            jobs: jobs, documentations: documentations, libraries: PostgresLibraryAccessStore(backends.postgres),
            sources: PostgresSourceStore(backends.postgres, gates: gates),
            synchronization: PostgresSourceSyncStore(backends.postgres), webhooks: backends.webhookReceivers(),
            events: PostgresEventStore(backends.postgres), verifications: PostgresVerificationStore(backends.postgres),
            catalog: PostgresCatalogQueries(backends.postgres, gates: gates), replies: PostgresIdempotencyStore(backends.postgres),
            verifier: backends.verifier(search: search),
            search: search,
            ingestion: IngestionService(jobs: jobs, sources: backends.sources(gates: gates), maxPages: settings.crawlMaxPages),
            directory: PostgresSectionDirectory(backends.postgres, gates: gates),
            publications: PostgresPublicationFeed(backends.postgres))
        configuration.corsOrigins = settings.corsOrigins
        configuration.trustedProxies = settings.trustedProxies
        if let oauth = settings.oauth, let url = settings.publicURL {
            configuration.protectedResource = ProtectedResource(publicURL: url, issuer: oauth.issuer)
        }
        return PublicServer(
            configuration: configuration, services: services, authenticator: authenticator(backends, configuration.protectedResource),
            limiter: RedisRateLimiter(
                redis: backends.redis, dependency: backends.dependencies.of("redis"), metrics: backends.metrics, events: backends.events),
            operations: PublicServer.Operations(
                health: runner.serviceHealth, breakers: SharedBreakers(dependencies: backends.dependencies, watch: backends.breakers),
                tier: { memory.tier }, tracer: backends.tracer, recent: backends.answers, isDatabaseAway: runner.own.isDatabaseAway,
                onEnd: { slow.operation($0, took: $1) }),
            readiness: readiness,
            metrics: backends.metrics, build: BuildInfo(version: Product.version, revision: Product.revision, role: "api"),
            logger: backends.logger, audit: Logger(label: "portolan.audit"), auditSink: audit
        ) { port in
            readiness.markStarted()
            backends.logger.info("api ready", metadata: ["port": "\(port)"])
        }
    }

    private static func authenticator(_ backends: Backends, _ resource: ProtectedResource?) -> any Authenticator {
        let settings = backends.settings
        if settings.authentication == .off { return OpenAccess() }
        let keys = PostgresAPIKeyStore(backends.postgres)
        guard let oauth = settings.oauth, let resource else { return KeyAuthenticator(token: settings.token, keys: keys) }
        var configuration = OAuthAuthenticator.Configuration(
            issuer: oauth.issuer, audiences: oauth.audiences ?? resource.audiences, keysURL: oauth.keysURL)
        configuration.roleClaim = oauth.roleClaim
        configuration.groupsClaim = oauth.groupsClaim
        configuration.librariesClaim = oauth.librariesClaim
        return OAuthAuthenticator(
            configuration, documents: GatedDocuments(fetcher: backends.fetcher, policy: backends.urlPolicy, gates: backends.gates),
            keys: keys)
    }
}
