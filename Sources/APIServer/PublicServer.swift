package import Domain
import Hummingbird
package import Ingestion
package import Logging
import MCP
import MCPHosting
import NIOCore
package import Primitives
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
    package let verifier: JobVerifier
    package let search: SearchService
    package let ingestion: IngestionService

    /// - Parameters: the stores and use cases that routes and tools call.
    package init(
        jobs: any JobStore, documentations: any DocumentationStore, libraries: any LibraryAccessStore, sources: any SourceStore,
        synchronization: any SourceSyncStore,
        webhooks: [any WebhookReceiver], events: any EventStore, verifications: any VerificationStore, verifier: JobVerifier,
        search: SearchService, ingestion: IngestionService
    ) {
        (self.jobs, self.documentations, self.libraries, self.sources) = (jobs, documentations, libraries, sources)
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
        /// Whose pages may call beside the server's own, such as `https://app.example.com`. Default none.
        package var corsOrigins: [String] = []
        /// Networks of proxies whose word about a client's address counts. Default none.
        package var trustedProxies: [IPNetwork] = []
        /// What tokens of an identity provider are for; nil where none is configured.
        package var protectedResource: ProtectedResource?
        /// Largest body. Default 1 MiB.
        package var bodyLimit = ByteCount.mebibytes(1)
        /// After which a connection without a request is closed. Default 60 s.
        package var idleTimeout = Duration.seconds(60)

        /// The defaults that the properties name.
        package init() {}
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
    ///   - strangers: counts requests of those who are not known by name, by address.
    ///   - health: the dependencies, for `/health`.
    ///   - readiness: begins to drain when the server is asked to stop.
    ///   - metrics: where requests, tool calls and searches are counted.
    ///   - build: what `/version` says.
    ///   - logger: one line for each request at `info`, failures at `error`.
    ///   - audit: one line for each call, whatever the level.
    ///   - auditSink: keeps these lines for longer than logs are kept; nil for none.
    ///   - onServing: called once with the port, when requests are answered.
    package init(
        configuration: Configuration, services: PublicServices, authenticator: any Authenticator, limiter: any RateLimiter,
        strangers: any RateLimiter = LocalRateLimiter(),
        health: HealthMonitor, readiness: Readiness, metrics: MetricCatalog, build: BuildInfo, logger: Logger, audit: Logger,
        auditSink: (any AuditSink)? = nil,
        onServing: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let reader = DocumentationReader(store: services.documentations)
        let search = MeasuredSearch(service: services.search, metrics: metrics.search)
        let cursors = PageCursors { try await services.search.signingKey() }
        let hosts = HostPolicy(
            bind: configuration.bind, publicURL: configuration.publicURL, crossOrigin: CrossOrigin(origins: configuration.corsOrigins))
        let agents = AgentRoute(
            tools: [
                SearchTool.tool(search), ListTools.documentations(reader, cursors, services.search),
                ListTools.sections(reader, cursors), TreeTool.tool(reader), SectionTool.tool(reader, cursors),
                IngestTools.start(services.ingestion), IngestTools.status(services.jobs),
            ], resources: SectionResources(reader: reader), origins: hosts.origins, build: build, metrics: metrics.mcp, logger: logger)
        let routes: [[Route]] = [
            ServiceRoutes(health: health, readiness: readiness, build: build).routes,
            ResourceRoutes(resource: configuration.protectedResource).routes,
            LibraryRoutes(store: services.libraries).routes,
            IngestionRoutes(service: services.ingestion, jobs: services.jobs).routes,
            SourceRoutes(service: services.ingestion, sources: services.sources).routes,
            WebhookRoutes(receivers: services.webhooks, store: services.synchronization, metrics: metrics.sources).routes,
            ReportRoutes(
                jobs: services.jobs, verifications: services.verifications, verifier: services.verifier, metrics: metrics.ingestion
            ).routes,
            EventRoutes(store: services.events).routes,
            DocumentationRoutes(store: services.documentations).routes,
            SearchRoutes(search: search).routes,
            agents.routes,
        ]
        responder = EdgeResponder(
            routes: RouteTable(routes.flatMap { $0 }),
            authenticator: authenticator, limiter: limiter, policy: configuration.rateLimits, strangers: strangers,
            addresses: ClientAddress(trusting: configuration.trustedProxies),
            challenge: Challenge(resource: configuration.protectedResource), hosts: hosts,
            limits: RequestLimits(body: configuration.bodyLimit), metrics: metrics, logger: logger, audit: AuditLog(audit, sink: auditSink))
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
