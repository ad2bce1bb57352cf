import APIServer
import Logging
import Policy
import Postgres
import Redis
import Resilience
import ServiceLifecycle
import Telemetry
import UnixSignals

/// Runs a role: settings and logs first, then its probes, then its services once the dependencies answer, until SIGTERM or SIGINT.
struct RoleRunner: Sendable {
    /// Name in logs and metrics.
    let role: String
    let backends: Backends
    let readiness = Readiness()
    let health: HealthMonitor
    /// The process's own view of its components and its memory.
    let own: RoleHealth

    /// Reads the settings, and takes over the process's logs.
    ///
    /// - Parameters:
    ///   - needs: what the role cannot do without.
    ///   - redisIsHard: whether the role is of no use without Redis.
    ///   - flags: settings that come before those of the environment, by name of the key.
    init(_ role: String, needs: Set<Settings.Need>, redisIsHard: Bool, flags: [String: String] = [:]) throws {
        let gates = GateRegistry()
        let settings = try Settings(SettingsSource(flags: flags), needs: needs, gates: gates)
        StructuredLogHandler.bootstrap(
            service: role, format: settings.logFormat, level: settings.logLevel, sampler: settings.logSampler)
        self.role = role
        backends = try Backends(settings: settings, role: role, gates: gates, flags: flags)
        own = RoleHealth(backends, role: role, checks: backends.componentChecks(redisIsHard: redisIsHard))
        health = HealthMonitor(checks: [backends.databaseCheck, backends.redisCheck(isHard: redisIsHard)], logger: backends.logger)
    }

    /// - Parameters:
    ///   - waitsForRedis: whether the services start only once Redis answers.
    ///   - services: started in order and stopped in reverse; made after the dependencies answered.
    func run(waitsForRedis: Bool, services: @escaping @Sendable () async throws -> [any Service]) async throws {
        let settings = backends.settings
        reportReadiness()
        MismatchCollector.installSchema(backends.metrics, backends.postgres)
        let admin = AdminServer(
            bind: settings.bind, port: settings.adminPort, readiness: readiness, health: health, registry: backends.metrics.registry,
            service: serviceHealth, logger: backends.logger)
        let work = RoleWork(backends: backends, waitsForRedis: waitsForRedis, services: services)
        let quiet = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
        var configuration = ServiceGroupConfiguration(
            services: [
                // First up and last down: probes are answered while the role waits, and while it drains.
                .init(service: admin), .init(service: backends.events),
            ] + (own.services + exporter + [features]).map { .init(service: $0) } + [
                .init(service: work, successTerminationBehavior: .gracefullyShutdownGroup)
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = settings.shutdownGrace
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as StartFailure {
            backends.logger.critical("cannot start", metadata: ["reason": "\(error)"])
            throw error
        }
        backends.postgres.close()
        await backends.redis.shutDown()
        backends.logger.info("stopped")
    }

    /// Follows the file of features.
    private var features: FeatureService {
        FeatureService(
            source: FeatureSource(path: backends.settings.featuresFile), flags: backends.features, metrics: backends.metrics.features,
            logger: backends.logger)
    }

    /// Sends traces, where there is a collector.
    private var exporter: [any Service] {
        guard let url = backends.settings.traceURL else { return [] }
        return [
            TraceExporter(
                tracer: backends.tracer, fetcher: backends.fetcher, url: url, headers: backends.settings.traceHeaders,
                dependency: backends.dependencies.of("traces"),
                resource: [
                    "service.name": "portolan-\(role)", "service.namespace": "portolan", "service.version": Product.version,
                    "service.instance.id": Backends.holder(role),
                ], version: Product.version, metrics: backends.metrics.traces, logger: backends.logger)
        ]
    }

    /// What `/health` says.
    var serviceHealth: ServiceHealth {
        let (backends, memory) = (backends, own.memory)
        return ServiceHealth(
            board: own.board, readiness: readiness, version: Product.version, breakers: { await backends.usedBreakers() },
            tier: { memory.tier })
    }

    private func reportReadiness() {
        let (metrics, readiness, health) = (backends.metrics, readiness, health)
        metrics.registry.addCollector {
            let report = await health.report(phase: readiness.phase, maximumAge: .seconds(5))
            for component in report.components {
                metrics.process.dependencyReady.set(component.status == "ok" ? 1 : 0, component.name)
                metrics.process.dependencyCheck.set(Double(component.milliseconds) / 1000, component.name)
            }
            metrics.process.ready.set(readiness.phase == .serving && report.hasHardDependencies ? 1 : 0)
        }
    }
}

/// The services of a role behind the wait for its dependencies.
private struct RoleWork: Service {
    let backends: Backends
    let waitsForRedis: Bool
    let services: @Sendable () async throws -> [any Service]

    func run() async throws {
        do {
            // A stop while it waits ends the wait.
            try await cancelWhenGracefulShutdown {
                try await backends.waitForDatabase()
                if waitsForRedis { try await backends.waitForRedis() }
            }
        } catch is CancellationError {
            return
        }
        let quiet = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
        try await ServiceGroup(configuration: .init(services: try await services().map { .init(service: $0) }, logger: quiet)).run()
    }
}
