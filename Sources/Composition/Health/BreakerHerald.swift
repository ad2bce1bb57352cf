package import Domain
import Fleet
package import Logging
import Resilience
import ServiceLifecycle

/// Posts a notice for each circuit that opens: every scheduler looks at all of them, and the notice's key makes sure that people hear of an
/// outage once, however often the circuit probes and opens again meanwhile.
package struct BreakerHerald: Service {
    /// An open circuit.
    package struct Opening: Sendable, Hashable {
        package let breaker: String
        /// Names the outage.
        package let outage: Int64
        /// Whether somebody opened it by hand.
        package let isForced: Bool

        /// - Parameters: see the properties.
        package init(breaker: String, outage: Int64, isForced: Bool) {
            (self.breaker, self.outage, self.isForced) = (breaker, outage, isForced)
        }
    }

    private let store: any NotificationStore
    private let openings: @Sendable () async throws -> [Opening]
    private let logger: Logger
    private let tick: Duration

    /// - Parameters:
    ///   - openings: the circuits that are not closed.
    ///   - tick: pause between two looks.
    package init(
        store: any NotificationStore, tick: Duration = .seconds(5), logger: Logger,
        openings: @escaping @Sendable () async throws -> [Opening]
    ) {
        (self.store, self.openings, self.logger, self.tick) = (store, openings, logger, tick)
    }

    /// Looks until the process stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await round() } catch {
                    if Task.isCancelled { return }
                    logger.info("circuits not looked at", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: tick)
            }
        }
    }

    /// Looks once.
    package func round() async throws {
        for opening in try await openings() {
            let reason = opening.isForced ? "An operator opened it." : "The dependency failed again and again."
            _ = try await store.post(
                "Circuit open: \(opening.breaker)\n\(reason) Calls are refused until it has recovered. See: portolan breakers list",
                key: "breaker:\(opening.breaker.prefix(300)):\(opening.outage)")
        }
    }
}

extension Backends {
    /// Tells about opened circuits.
    func herald(_ store: any NotificationStore) -> BreakerHerald {
        let (breakers, dependencies) = (breakers, dependencies)
        return BreakerHerald(store: store, logger: logger) {
            var openings: [BreakerHerald.Opening] = []
            for name in try await breakers.names() {
                guard let profile = dependencies.profile(of: name), profile.isShared else { continue }
                let now = await breakers.store(name, profile.breaker).snapshot(at: .now)
                guard now.state != .closed, let outage = now.outage else { continue }
                openings.append(.init(breaker: name, outage: outage, isForced: now.isForced))
            }
            return openings
        }
    }
}
