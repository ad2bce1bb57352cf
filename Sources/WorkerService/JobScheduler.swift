package import JobQueue
package import Logging
package import Postgres
import Primitives
import ServiceLifecycle
package import Telemetry

/// The scheduler: while it leads, publishes the outbox, reclaims jobs of dead workers and forgets what is past its time.
package struct JobScheduler: Service {
    let leadership: Leadership
    let publisher: OutboxPublisher
    let reaper: LeaseReaper
    let retention: Retention
    let client: PostgresClient
    let settings: JobQueueSettings
    let metrics: MetricCatalog
    let logger: Logger

    package init(
        leadership: Leadership, publisher: OutboxPublisher, reaper: LeaseReaper, retention: Retention, client: PostgresClient,
        settings: JobQueueSettings, metrics: MetricCatalog, logger: Logger
    ) {
        self.leadership = leadership
        self.publisher = publisher
        self.reaper = reaper
        self.retention = retention
        self.client = client
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
    }

    package func run() async throws {
        logger.info("scheduler started")
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await listen(wake) }
                group.addTask { await tick(wake) }
                await lead(wakes)
                group.cancelAll()
            }
        }
        // Without a deadline of its own a successor would wait out the whole term.
        try? await leadership.resign()
        logger.info("scheduler stopped")
    }

    private func lead(_ wakes: AsyncStream<Void>) async {
        var renewed: ContinuousClock.Instant?
        var reaped = ContinuousClock.now - .seconds(3600)
        var cleaned = ContinuousClock.now
        var failures = 0
        for await _ in wakes {
            if Task.isCancelled { return }
            do {
                if renewed.map({ $0.duration(to: .now) > settings.leaderTerm / 3 }) ?? true {
                    guard try await leadership.claim() else {
                        renewed = nil
                        continue
                    }
                    if renewed == nil { logger.info("scheduler leads") }
                    renewed = .now
                }
                if reaped.duration(to: .now) > min(.seconds(5), settings.leaseDuration / 4) {
                    try await reap()
                    reaped = .now
                }
                // Before the publishing, which throws while Redis is away.
                if cleaned.duration(to: .now) > .seconds(600) {
                    try await retention.apply()
                    cleaned = .now
                }
                _ = try await publisher.publish()
                failures = 0
            } catch {
                if Task.isCancelled { return }
                failures += 1
                logger.warning("scheduler round failed", metadata: ["error": "\(String(reflecting: error))"])
                try? await Task.sleep(for: Backoff(base: .milliseconds(200), limit: .seconds(5)).delay(afterAttempt: failures))
            }
        }
    }

    private func reap() async throws {
        let report = try await reaper.reap()
        metrics.queue.leasesReclaimed.increment(by: report.reclaimed)
        metrics.queue.deadLettered.increment("ingest.run", by: report.exhausted)
        if !report.isEmpty {
            logger.info(
                "jobs reclaimed",
                metadata: [
                    "reclaimed": "\(report.reclaimed)", "stopped": "\(report.stopped)", "exhausted": "\(report.exhausted)",
                    "republished": "\(report.republished)",
                ])
        }
    }

    private func tick(_ wake: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            wake.yield()
            try? await Task.sleep(for: settings.tick)
        }
        wake.finish()
    }

    /// A new job wakes the publisher at once; when listening fails, the tick does.
    private func listen(_ wake: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            do {
                for try await _ in try await client.notifications(channel: "portolan_outbox") { wake.yield() }
            } catch {
                logger.debug("not listening", metadata: ["error": "\(String(reflecting: error))"])
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
