import APIServer
import Connectors
import Domain
import Fleet
import FoundationEssentials
import Logging
import Policy
import Postgres
import Primitives
import Resilience
import ServiceLifecycle
import Telemetry

/// What a role knows about its own health, and what it does about it.
struct RoleHealth: Sendable {
    let board: HealthBoard
    let memory: MemoryWatch
    let intake: IntakeSwitch
    private let alerts: AlertService?
    private let listener: BreakerListener
    private let outages: Locked<Set<String>>

    /// Whether the database is known to be away.
    var isDatabaseAway: @Sendable () -> Bool { { [outages] in outages.withLock { $0.contains("postgres") } } }

    /// What is done about a component that fails. Redis needs no new connections: they are made anew with every command. After an outage of the
    /// database nobody knows whether it is the same one, or what came back from a backup.
    private static let rules = [
        RecoveryMachine.Rule("postgres", failures: 2, .reconnectPool),
        RecoveryMachine.Rule("postgres", failures: 2, .pauseIntake, cooldown: .zero, attempts: 1),
        RecoveryMachine.Rule("postgres", failures: 3, .reloadConfig), RecoveryMachine.Rule("redis", failures: 3, .reloadConfig),
        RecoveryMachine.Rule(after: "postgres", failures: 2, .clearCache),
        RecoveryMachine.Rule("postgres", failures: 5, .manual, attempts: 1),
        RecoveryMachine.Rule("redis", failures: 5, .manual, attempts: 1),
        RecoveryMachine.Rule("embedder", failures: 5, .manual, attempts: 1),
        RecoveryMachine.Rule("storage", failures: 5, .manual, attempts: 1),
    ]

    init(_ backends: Backends, role: String, checks: [DependencyCheck]) {
        let (metrics, queue, logger, intake) = (backends.metrics.health, backends.alerts, backends.logger, IntakeSwitch())
        let signals = FleetSignals(redis: backends.redis)
        let origin = AlertService.Origin(role: role, instance: ProcessInfo.processInfo.hostName, version: Product.version)
        let (postgres, outages) = (backends.postgres, Locked<Set<String>>([]))
        self.outages = outages
        board = HealthBoard(checks: checks, rules: Self.rules, logger: logger) { change in
            metrics.changes.increment(change.component, change.to.rawValue)
            outages.withLock { outages in
                if change.to == .unhealthy { outages.insert(change.component) } else { outages.remove(change.component) }
            }
            if change.component == "postgres", change.to != .unhealthy { intake.set("postgres", false) }
            // The outage is over: the next one calls somebody again.
            if change.to == .healthy { await signals.forget(Alert.mark("recovery.manual", change.component)) }
            queue.post(Alert(event: "health.changed", subject: change.component, from: change.from.rawValue, to: change.to.rawValue))
        } perform: { action, component in
            metrics.actions.increment(component, action.rawValue)
            switch action {
            case .reconnectPool: postgres.reconnect()
            case .clearCache:
                let count = backends.answers.clear() + backends.vectors.clear()
                logger.info("recent answers forgotten", metadata: ["component": "\(component)", "count": "\(count)"])
            case .reloadConfig:
                let isChanged = backends.readdress(component)
                logger.notice("address read again", metadata: ["component": "\(component)", "changed": "\(isChanged)"])
            case .pauseIntake: intake.set(component, true)
            case .manual: queue.post(Alert(event: "recovery.manual", subject: component, from: nil, to: "unhealthy"))
            }
        }
        memory = MemoryWatch(
            metrics: metrics, logger: logger,
            onChange: { before, after, usage in
                intake.set("memory", !after.takesWork)
                // Answers stay: at the end of the memory they are all that is left to give.
                if after >= .critical, before < .critical {
                    backends.vectors.clear()
                    metrics.actions.increment("memory", RecoveryMachine.Action.clearCache.rawValue)
                }
                let fields = [
                    ("role", role), ("instance", origin.instance), ("from", before.name), ("tier", after.name),
                    ("level", "\(after.rawValue)"),
                    ("usage", "\((usage * 1000).rounded() / 1000)"), ("at", Date().ISO8601Format()),
                ]
                guard let json = try? JSONEncoder().encode(Dictionary(uniqueKeysWithValues: fields)) else { return }
                do {
                    try await signals.announceTier(fields.map { (name: $0.0, value: $0.1) }, json: Array(json))
                } catch {
                    logger.info("memory tier not announced", metadata: ["error": "\(error)"])
                }
            })
        self.intake = intake
        listener = BreakerListener(breakers: backends.breakers)
        let settings = backends.settings
        alerts = settings.alertURL.map { url in
            AlertService(
                queue: queue,
                callback: SignedCallback(
                    fetcher: backends.fetcher, url: url, secret: settings.alertSecret ?? Redacted(""),
                    dependency: backends.dependencies.of("alerts")),
                origin: origin, metrics: metrics, logger: logger, isNews: { await signals.isNews($0, $1) },
                settle: { mark, state, isTold in
                    // Processes that all ended in an outage cannot say that it is over.
                    let memory: Duration = mark.hasPrefix("recovery.manual:") ? .seconds(3600) : .seconds(604_800)
                    await signals.settle(mark, state, isTold: isTold, memory: memory)
                })
        }
        let board = board
        backends.metrics.registry.addCollector {
            for component in await board.components {
                switch component.status {
                case .healthy: metrics.status.set(2, component.name)
                case .degraded: metrics.status.set(1, component.name)
                case .unhealthy: metrics.status.set(0, component.name)
                case .unknown: continue
                }
            }
            metrics.intakePaused.set(intake.isPaused ? 1 : 0)
        }
    }

    /// In the order in which they start.
    var services: [any Service] { [memory, listener, board] + (alerts.map { [$0 as any Service] } ?? []) }
}
