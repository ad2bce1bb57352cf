package import Domain
import Hummingbird
package import Ingestion
package import Logging
import MCP
import MCPHosting
import NIOCore
package import Primitives
package import Resilience
package import Retrieval
import ServiceLifecycle
package import Telemetry

/// The use cases behind the public port.
package struct PublicServices: Sendable {
    package let jobs: any JobStore
    package let documentations: any DocumentationStore
    package let libraries: any LibraryAccessStore
    package let sources: any SourceStore
    package let synchronization: any SourceSyncStore
    package let webhooks: [any WebhookReceiver]
    package let events: any EventStore
    package let verifications: any VerificationStore
    package let catalog: any CatalogQueries
    package let replies: any IdempotencyStore
    package let verifier: JobVerifier
    package let search: SearchService
    package let ingestion: IngestionService
    package let directory: any SectionDirectory
    package let publications: any PublicationFeed

    /// - Parameters: the stores and use cases that routes and tools call.
    package init(
        jobs: any JobStore, documentations: any DocumentationStore, libraries: any LibraryAccessStore, sources: any SourceStore,
        synchronization: any SourceSyncStore,
        webhooks: [any WebhookReceiver], events: any EventStore, verifications: any VerificationStore, catalog: any CatalogQueries,
        replies: any IdempotencyStore, verifier: JobVerifier, search: SearchService, ingestion: IngestionService,
        directory: any SectionDirectory, publications: any PublicationFeed
    ) {
        (self.jobs, self.documentations, self.libraries, self.sources) = (jobs, documentations, libraries, sources)
        (self.synchronization, self.webhooks, self.events) = (synchronization, webhooks, events)
        (self.verifications, self.catalog, self.replies, self.verifier) = (verifications, catalog, replies, verifier)
        (self.search, self.ingestion) = (search, ingestion)
        (self.directory, self.publications) = (directory, publications)
    }
}

/// What a public port serves.
package enum Surface: String, Sendable, Hashable, CaseIterable {
    /// `/v1` and `/agents/v1`, with their description at `/openapi.json`.
    case rest
    /// `/mcp`.
    case mcp
    /// `/webhooks`.
    case webhooks
    /// `/` and `/console`.
    case console
}

/// The public port: the surfaces that it is asked for, `/health` and `/version`.
///
/// On graceful shutdown it stops listening, lets requests in progress end, and closes idle connections.
package struct PublicServer: Service {
    /// Where and for whom the server listens.
    package struct Configuration: Sendable {
        /// Address to listen on. Default 127.0.0.1.
        package var bind = "127.0.0.1"
        /// Port; 0 takes a free one. Default 8080.
        package var port = 8080
        /// How clients reach the server, if under another name.
        package var publicURL: String?
        /// What is served. Default all.
        package var surfaces = Set(Surface.allCases)
        /// Which limit holds for whom. Default by role.
        package var rateLimits = RateLimitPolicy.roles
        /// Whose pages may call beside the server's own, such as `https://app.example.com`. Default none.
        package var corsOrigins: [String] = []
        /// Networks of proxies whose word about a client's address counts. Default none.
        package var trustedProxies: [IPNetwork] = []
        /// What tokens of an identity provider are for; nil where none is configured.
        package var protectedResource: ProtectedResource?
        /// Largest body. Default 1 MiB.
        package var bodyLimit = ByteCount.mebibytes(1)
        /// Longest time for one request, unless the client asks for another, up to 60 s. Default 12 s.
        package var requestTimeout = Duration.seconds(12)
        /// After which a connection without a request is closed. Default 60 s.
        package var idleTimeout = Duration.seconds(60)

        /// The defaults that the properties name.
        package init() {}
    }

    /// What operators see and change.
    package struct Operations: Sendable {
        package let health: ServiceHealth
        /// Nil where circuits are not shared.
        package let breakers: (any BreakerDirectory)?
        /// How much memory is left.
        package let tier: @Sendable () -> MemoryTier
        package let tracer: Tracer
        /// What searches answered lately; nil keeps nothing.
        package let recent: RecentAnswers?
        /// Whether the database is known to be away.
        package let isDatabaseAway: @Sendable () -> Bool
        /// Hears of every request that ended, by method and route, and how long it took.
        package let onEnd: @Sendable (String, Duration) -> Void

        /// - Parameters: see the properties.
        package init(
            health: ServiceHealth, breakers: (any BreakerDirectory)? = nil, tier: @escaping @Sendable () -> MemoryTier = { .normal },
            tracer: Tracer = .off, recent: RecentAnswers? = nil, isDatabaseAway: @escaping @Sendable () -> Bool = { false },
            onEnd: @escaping @Sendable (String, Duration) -> Void = { _, _ in }
        ) {
            (self.health, self.breakers, self.tier, self.tracer, self.onEnd) = (health, breakers, tier, tracer, onEnd)
            (self.recent, self.isDatabaseAway) = (recent, isDatabaseAway)
        }
    }

    private let configuration: Configuration
    private let responder: EdgeResponder
    private let readiness: Readiness
    private let agents: AgentRoute
    private let watch: PublicationWatch
    private let logger: Logger
    private let onServing: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - configuration: where and for whom it listens.
    ///   - services: what routes and tools call.
    ///   - authenticator: who callers are.
    ///   - limiter: counts requests by subject.
    ///   - strangers: counts requests of those who are not known by name, by address.
    ///   - operations: what `/health` shows, and the circuits.
    ///   - readiness: begins to drain when the server is asked to stop.
    ///   - metrics: where requests, tool calls and searches are counted.
    ///   - build: what `/version` says.
    ///   - logger: one line for each request at `info`, failures at `error`.
    ///   - audit: one line for each call, whatever the level.
    ///   - auditSink: keeps these lines for longer than logs are kept; nil for none.
    ///   - onServing: called once with the port, when requests are answered.
    package init(
        configuration: Configuration, services: PublicServices, authenticator: any Authenticator, limiter: any RateLimiter,
        strangers: any RateLimiter = LocalRateLimiter(), operations: Operations, readiness: Readiness, metrics: MetricCatalog,
        build: BuildInfo, logger: Logger, audit: Logger, auditSink: (any AuditSink)? = nil,
        onServing: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let reader = DocumentationReader(store: services.documentations)
        let search = MeasuredSearch(
            service: services.search, metrics: metrics.search, tracer: operations.tracer, tier: operations.tier,
            recent: operations.recent, isDatabaseAway: operations.isDatabaseAway)
        let cursors = PageCursors { try await services.search.signingKey() }
        let hosts = HostPolicy(
            bind: configuration.bind, publicURL: configuration.publicURL, crossOrigin: CrossOrigin(origins: configuration.corsOrigins))
        let hub = MessageHub()
        let audience = PublicationAudience(documentations: services.documentations, authenticator: authenticator)
        let offer = AgentRoute.Offer(
            tools: [
                SearchTool.tool(search), ListTools.documentations(reader, cursors, services.search),
                ListTools.sections(reader, cursors), TreeTool.tool(reader), SectionTool.tool(reader, cursors),
                IngestTools.start(services.ingestion, tier: operations.tier), IngestTools.status(services.jobs),
            ], resources: SectionResources(reader: reader, directory: services.directory, cursors: cursors),
            prompts: AgentPrompts(search: search, reader: reader).all, completions: AgentCompletions(directory: services.directory),
            tasks: JobTasks(jobs: services.jobs), hub: hub, audience: audience)
        let agents = AgentRoute(
            offer, origins: hosts.origins, build: build, metrics: metrics.mcp, tracer: operations.tracer, logger: logger)
        metrics.registry.addCollector { metrics.mcp.openStreams.set(agents.streamCount) }
        watch = PublicationWatch(
            feed: services.publications, hub: hub, audience: audience, logger: logger, onGap: { agents.interruptStreams() })
        self.agents = agents
        let replies = IdempotentReplies(store: services.replies)
        let rest: [[Route]] = [
            LibraryRoutes(store: services.libraries).routes,
            IngestionRoutes(service: services.ingestion, jobs: services.jobs).routes,
            SourceRoutes(service: services.ingestion, sources: services.sources, replies: replies).routes,
            ReportRoutes(
                jobs: services.jobs, verifications: services.verifications, verifier: services.verifier, metrics: metrics.ingestion,
                replies: replies
            ).routes,
            EventRoutes(store: services.events).routes,
            operations.breakers.map { BreakerRoutes(directory: $0).routes } ?? [],
            ArtifactRoutes(catalog: services.catalog).routes,
            DocumentationRoutes(store: services.documentations).routes,
            SearchRoutes(search: search).routes,
            HybridRoutes(search: search, documentations: services.documentations).routes,
            GatewayRoutes(
                search: search, documentations: services.documentations, health: operations.health, build: build
            ).routes,
        ]
        let webhooks = WebhookRoutes(receivers: services.webhooks, store: services.synchronization, metrics: metrics.sources).routes
        let console = Console(
            sessions: ConsoleSessions(isSecure: configuration.publicURL?.lowercased().hasPrefix("https://") ?? false) {
                try await services.search.signingKey()
            }, authenticator: authenticator, search: search, documentations: services.documentations, jobs: services.jobs,
            sources: services.sources, ingestion: services.ingestion, health: operations.health, build: build)
        let surfaces = configuration.surfaces
        var routes =
            ServiceRoutes(health: operations.health, build: build).routes
            + ResourceRoutes(resource: configuration.protectedResource).routes
        if surfaces.contains(.webhooks) { routes += webhooks }
        if surfaces.contains(.rest) {
            routes += rest.flatMap { $0 }
            routes.append(ServiceRoutes.description(of: routes, build: build))
        }
        if surfaces.contains(.mcp) { routes += agents.routes }
        if surfaces.contains(.console) { routes += console.routes }
        responder = EdgeResponder(
            routes: RouteTable(routes),
            authenticator: authenticator, limiter: limiter, policy: configuration.rateLimits, strangers: strangers,
            addresses: ClientAddress(trusting: configuration.trustedProxies),
            challenge: Challenge(resource: configuration.protectedResource), hosts: hosts,
            limits: RequestLimits(body: configuration.bodyLimit), timeout: configuration.requestTimeout, tier: operations.tier,
            tracer: operations.tracer, onEnd: operations.onEnd, metrics: metrics, logger: logger,
            audit: AuditLog(audit, sink: auditSink), pages: surfaces.contains(.console) ? console : nil)
        (self.configuration, self.readiness, self.logger, self.onServing) = (configuration, readiness, logger, onServing)
    }

    /// Every route that it answers; a method of nil stands for all.
    var routes: [(method: String?, template: String)] { responder.routes.all.map { ($0.method?.rawValue, $0.template) } }

    /// Method and path of the routes that the description of the API has.
    var contracts: Set<String> {
        Set(responder.routes.all.filter { $0.contract != nil }.map { "\($0.method?.rawValue ?? "any") \($0.template)" })
    }

    /// Serves until cancelled or gracefully shut down.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watch.run() }
                defer { group.cancelAll() }
                try await HTTPListener.run(
                    responder, bind: configuration.bind, port: configuration.port, idleTimeout: configuration.idleTimeout, logger: logger,
                    onServing: onServing)
            }
        } onGracefulShutdown: {
            readiness.beginDraining()
            agents.endStreams()
        }
    }
}
