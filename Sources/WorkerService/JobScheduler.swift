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
    private let cleaning: Duration
    private let isLeading = Locked(false)

    /// - Parameter cleaning: how often what is past its time is forgotten.
    package init(
        leadership: Leadership, publisher: OutboxPublisher, reaper: LeaseReaper, retention: Retention, client: PostgresClient,
        settings: JobQueueSettings, metrics: MetricCatalog, logger: Logger, cleaning: Duration = .seconds(600)
    ) {
        self.cleaning = cleaning
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
                group.addTask { await clean() }
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
        var failures = 0
        for await _ in wakes {
            if Task.isCancelled { return }
            do {
                if renewed.map({ $0.duration(to: .now) > settings.leaderTerm / 3 }) ?? true {
                    let isLeading = try await leadership.claim()
                    self.isLeading.withLock { $0 = isLeading }
                    guard isLeading else {
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
        metrics.ingestion.finished.increment("failed", by: report.exhausted)
        metrics.ingestion.finished.increment("stopped", by: report.stopped)
        if !report.isEmpty {
            logger.info(
                "jobs reclaimed",
                metadata: [
                    "reclaimed": "\(report.reclaimed)", "stopped": "\(report.stopped)", "exhausted": "\(report.exhausted)",
                    "republished": "\(report.republished)",
                ])
        }
    }

    /// Beside the rounds: what takes long, or cannot be deleted for a while, keeps no job waiting.
    private func clean() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: cleaning)
            guard isLeading.withLock({ $0 }), !Task.isCancelled else { continue }
            do {
                try await retention.apply()
            } catch {
                logger.warning("what is past its time could not be deleted", metadata: ["error": "\(String(reflecting: error))"])
            }
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
