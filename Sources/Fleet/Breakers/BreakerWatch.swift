import Primitives
import Redis
package import Resilience

/// The shared breakers of one process: makes their stores, hears of changes that other processes caused, and lists what there is.
package final class BreakerWatch: Sendable {
    private let access: BreakerAccess
    private let report: @Sendable (String, SharedBreakerStore.Event) -> Void
    private let stores = Locked<[String: SharedBreakerStore]>([:])

    /// - Parameter report: hears of what the stores do, with the breaker's name.
    package init(access: BreakerAccess, report: @escaping @Sendable (String, SharedBreakerStore.Event) -> Void = { _, _ in }) {
        (self.access, self.report) = (access, report)
    }

    /// The store of the breaker called `name`, always the same one.
    package func store(_ name: String, _ configuration: BreakerConfiguration) -> SharedBreakerStore {
        let report = report
        return stores.withLock { stores in
            if let store = stores[name] { return store }
            let store = SharedBreakerStore(name: name, configuration: configuration, access: access) { report(name, $0) }
            stores[name] = store
            return store
        }
    }

    /// The stores of this process, by name.
    package var known: [(name: String, store: SharedBreakerStore)] {
        stores.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// The names of the breakers of all processes, sorted.
    /// - Throws: when Redis cannot be asked.
    package func names() async throws -> [String] { try await access.names() }

    /// Listens to changes until cancelled or until the client is shut down. Without it a change is seen within a second.
    package func run() async {
        for await name in access.changes() {
            let stores = stores.withLock { $0 }
            if let name { stores[name]?.invalidate() } else { for store in stores.values { store.invalidate() } }
        }
    }
}
