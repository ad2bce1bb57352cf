package import Domain
package import Ingestion
package import Logging
package import Postgres
import Primitives
import ServiceLifecycle
package import Telemetry

/// Looks at sources that are due, in every scheduler: the loan of a look keeps two of them from looking at the same source.
package struct SourceWatcher: Service {
    let synchronizer: SourceSynchronizer
    let store: any SourceSyncStore
    let client: PostgresClient
    let tick: Duration
    let metrics: MetricCatalog
    let logger: Logger

    /// - Parameters:
    ///   - synchronizer: looks.
    ///   - client: hears of requests.
    ///   - tick: how often what is due is asked for when nobody calls.
    package init(
        synchronizer: SourceSynchronizer, store: any SourceSyncStore, client: PostgresClient, tick: Duration = .seconds(1),
        metrics: MetricCatalog, logger: Logger
    ) {
        (self.synchronizer, self.store, self.client) = (synchronizer, store, client)
        (self.tick, self.metrics, self.logger) = (tick, metrics, logger)
        metrics.registry.addCollector {
            guard let counts = try? await store.countsByState() else { return }
            for state in SourceState.allCases { metrics.sources.sources.set(counts[state] ?? 0, state.rawValue.lowercased()) }
        }
    }

    package func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await listen(wake) }
                group.addTask { await beat(wake) }
                await watch(wakes)
                group.cancelAll()
            }
        }
    }

    private func watch(_ wakes: AsyncStream<Void>) async {
        var failures = 0
        for await _ in wakes {
            do {
                while try await synchronizer.round() > 0 {}
                failures = 0
            } catch {
                if Task.isCancelled { return }
                failures += 1
                logger.warning("looking at sources failed", metadata: ["error": "\(String(reflecting: error))"])
                try? await Task.sleep(for: Backoff(base: .milliseconds(200), limit: .seconds(5)).delay(afterAttempt: failures))
            }
        }
    }

    private func beat(_ wake: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            wake.yield()
            try? await Task.sleep(for: tick)
        }
        wake.finish()
    }

    /// A webhook or a person wakes the watcher at once; when listening fails, the tick does.
    private func listen(_ wake: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            do {
                for try await _ in try await client.notifications(channel: "portolan_sources") { wake.yield() }
            } catch {
                logger.debug("not listening", metadata: ["error": "\(String(reflecting: error))"])
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
