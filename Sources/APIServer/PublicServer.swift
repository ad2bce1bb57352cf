package import Domain
import Hummingbird
package import Ingestion
package import Logging
import MCP
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
    package let sources: any SourceStore
    package let synchronization: any SourceSyncStore
    package let webhooks: [any WebhookReceiver]
    package let events: any EventStore
    package let verifications: any VerificationStore
    package let verifier: JobVerifier
    package let search: SearchService
    package let ingestion: IngestionService

    /// - Parameters: the stores and use cases that routes and tools call.
    package init(
        jobs: any JobStore, documentations: any DocumentationStore, sources: any SourceStore, synchronization: any SourceSyncStore,
        webhooks: [any WebhookReceiver], events: any EventStore, verifications: any VerificationStore, verifier: JobVerifier,
        search: SearchService, ingestion: IngestionService
    ) {
        (self.jobs, self.documentations, self.sources) = (jobs, documentations, sources)
        (self.synchronization, self.webhooks, self.events) = (synchronization, webhooks, events)
        (self.verifications, self.verifier) = (verifications, verifier)
        (self.search, self.ingestion) = (search, ingestion)
    }
}

/// The public port: REST under `/v1`, agents at `/mcp`, `/health` and `/version`.
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
        /// Which limit holds for whom. Default by role.
        package var rateLimits = RateLimitPolicy.roles
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
        /// Hears of every request that ended, by method and route, and how long it took.
        package let onEnd: @Sendable (String, Duration) -> Void

        /// - Parameters: see the properties.
        package init(
            health: ServiceHealth, breakers: (any BreakerDirectory)? = nil, tier: @escaping @Sendable () -> MemoryTier = { .normal },
            tracer: Tracer = .off, onEnd: @escaping @Sendable (String, Duration) -> Void = { _, _ in }
        ) {
            (self.health, self.breakers, self.tier, self.tracer, self.onEnd) = (health, breakers, tier, tracer, onEnd)
        }
    }

    private let configuration: Configuration
    private let responder: EdgeResponder
    private let readiness: Readiness
    private let logger: Logger
    private let onServing: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - configuration: where and for whom it listens.
    ///   - services: what routes and tools call.
    ///   - authenticator: who callers are.
    ///   - limiter: counts requests by subject.
    ///   - operations: what `/health` shows, and the circuits.
    ///   - readiness: begins to drain when the server is asked to stop.
    ///   - metrics: where requests, tool calls and searches are counted.
    ///   - build: what `/version` says.
    ///   - logger: one line for each request at `info`, failures at `error`.
    ///   - audit: one line for each call, whatever the level.
    ///   - onServing: called once with the port, when requests are answered.
    package init(
        configuration: Configuration, services: PublicServices, authenticator: any Authenticator, limiter: any RateLimiter,
        operations: Operations, readiness: Readiness, metrics: MetricCatalog, build: BuildInfo, logger: Logger, audit: Logger,
        onServing: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let reader = DocumentationReader(store: services.documentations)
        let search = MeasuredSearch(service: services.search, metrics: metrics.search, tracer: operations.tracer, tier: operations.tier)
        let cursors = PageCursors { try await services.search.signingKey() }
        let hosts = HostPolicy(bind: configuration.bind, publicURL: configuration.publicURL)
        let agents = AgentRoute(
            tools: [
                SearchTool.tool(search), ListTools.documentations(reader, cursors, services.search),
                ListTools.sections(reader, cursors), TreeTool.tool(reader), SectionTool.tool(reader, cursors),
                IngestTools.start(services.ingestion), IngestTools.status(services.jobs),
            ], resources: SectionResources(reader: reader), origins: hosts.origins, build: build, metrics: metrics.mcp,
            tracer: operations.tracer, logger: logger)
        responder = EdgeResponder(
            routes: RouteTable(
                ServiceRoutes(health: operations.health, build: build).routes
                    + (operations.breakers.map { BreakerRoutes(directory: $0).routes } ?? [])
                    + IngestionRoutes(service: services.ingestion, jobs: services.jobs).routes
                    + SourceRoutes(service: services.ingestion, sources: services.sources).routes
                    + WebhookRoutes(receivers: services.webhooks, store: services.synchronization, metrics: metrics.sources).routes
                    + ReportRoutes(
                        jobs: services.jobs, verifications: services.verifications, verifier: services.verifier,
                        metrics: metrics.ingestion
                    ).routes
                    + EventRoutes(store: services.events).routes
                    + DocumentationRoutes(store: services.documentations).routes + SearchRoutes(search: search).routes + agents.routes),
            authenticator: authenticator, limiter: limiter, policy: configuration.rateLimits, hosts: hosts,
            limits: RequestLimits(body: configuration.bodyLimit), timeout: configuration.requestTimeout, tier: operations.tier,
            tracer: operations.tracer, onEnd: operations.onEnd,
            metrics: metrics, logger: logger, audit: AuditLog(audit))
        (self.configuration, self.readiness, self.logger, self.onServing) = (configuration, readiness, logger, onServing)
    }

    /// Every route that it answers; a method of nil stands for all.
    var routes: [(method: String?, template: String)] { responder.routes.all.map { ($0.method?.rawValue, $0.template) } }

    /// Serves until cancelled or gracefully shut down.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await HTTPListener.run(
                responder, bind: configuration.bind, port: configuration.port, idleTimeout: configuration.idleTimeout, logger: logger,
                onServing: onServing)
        } onGracefulShutdown: {
            readiness.beginDraining()
        }
    }
}
