import APIModel
import APIServer
import Domain
import Fleet
import Logging
import Redis
import Resilience
import ServiceLifecycle
import Telemetry

extension Backends {
    /// The circuits of a process: shared through Redis, except for those that each process has for itself.
    static func circuits(
        _ settings: Settings, _ redis: RedisClient, _ metrics: MetricCatalog, _ alerts: AlertQueue, _ logger: Logger
    ) -> (Dependencies, BreakerWatch) {
        var profiles = settings.dependencies
        // A model in this process can fail for reasons of this process; the others are none the worse for it.
        if case .local = settings.embedder, let index = profiles.firstIndex(where: { $0.kind == "embedder" }) {
            profiles[index].isShared = false
        }
        let ownRedis = profiles.first { $0.kind == "redis" } ?? DependencyProfile("redis", concurrency: 1000, waiting: 10_000)
        let guardian = Dependency(ownRedis)
        let breakers = BreakerWatch(access: BreakerAccess(redis: redis, guardian: guardian)) { name, event in
            let kind = String(name.prefix { $0 != "@" })
            switch event {
            case .decidedLocally: metrics.breakers.fallbacks.increment(kind)
            case .moved(let state):
                metrics.breakers.transitions.increment(kind, state.rawValue)
                // The way to the receiver itself is no news that could reach it.
                if kind != "alerts", state != .halfOpen {
                    alerts.post(Alert(event: "breaker.changed", subject: name, from: nil, to: state.rawValue))
                }
                logger.log(
                    level: state == .open ? .warning : .info, "breaker moved",
                    metadata: ["breaker": "\(name)", "to": "\(state.rawValue)"])
            }
        }
        let dependencies = Dependencies(profiles, known: [guardian]) { name, profile in
            profile.isShared ? breakers.store(name, profile.breaker) : nil
        }
        MetricCollectors.install(dependencies, metrics)
        return (dependencies, breakers)
    }

    /// The circuits that this process has used, by name.
    func usedBreakers() async -> [BreakerDetail] {
        await withTaskGroup(of: BreakerDetail.self) { group in
            for dependency in dependencies.all {
                group.addTask { BreakerDetail(name: dependency.name, await dependency.breaker.snapshot()) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.name < $1.name }
        }
    }
}

/// Listens to the changes of circuits for as long as the process runs.
struct BreakerListener: Service {
    let breakers: BreakerWatch

    func run() async throws { await cancelWhenGracefulShutdown { await breakers.run() } }
}

/// The shared circuits for operators, through the Redis of the process.
struct SharedBreakers: BreakerDirectory {
    let dependencies: Dependencies
    let watch: BreakerWatch

    func breakers() async throws -> [BreakerDetail] {
        var details: [BreakerDetail] = []
        for name in try await names() {
            guard let store = store(name) else { continue }
            details.append(BreakerDetail(name: name, await store.snapshot(at: .now)))
        }
        return details
    }

    func change(_ name: String, _ action: BreakerAction) async throws -> BreakerDetail? {
        if let profile = dependencies.profile(of: name), !profile.isShared {
            throw Fault(
                .conflict, code: "E_BREAKER_LOCAL",
                "Each process has a circuit \(profile.kind) of its own, which cannot be changed from outside.",
                hint: "It closes by itself when calls succeed again; /health on the admin port of each process shows it.")
        }
        guard try await names().contains(name), let store = store(name) else { return nil }
        do {
            switch action {
            case .open: try await store.forceOpen()
            case .close: try await store.close()
            case .reset: try await store.reset()
            }
        } catch let error as ResilienceError {
            throw Self.away(error)
        }
        return BreakerDetail(name: name, await store.snapshot(at: .now))
    }

    /// Every shared kind, whether it was used or not, and the origins that any process has met.
    private func names() async throws -> [String] {
        let kinds = dependencies.kinds.filter { dependencies.profile(of: $0)?.isShared ?? false }
        do {
            return Set(kinds + (try await watch.names())).sorted()
        } catch {
            throw Self.away(error)
        }
    }

    private func store(_ name: String) -> SharedBreakerStore? {
        guard name.utf8.count <= 300, let profile = dependencies.profile(of: name), profile.isShared else { return nil }
        return watch.store(name, profile.breaker)
    }

    private static func away(_ error: any Error) -> Fault {
        Fault(
            .serviceUnavailable, code: "E_UNAVAILABLE", "The state of the circuits cannot be reached: Redis is away.",
            hint: "Each process decides for itself meanwhile. Try again.", isTransient: true,
            retryAfter: (error as? ResilienceError)?.retryAfter ?? .seconds(5))
    }
}
