import Domain
import Fetch
import JobQueue
import Postgres
import Primitives
import Redis
import Resilience
import ResourcePool
import Storage
import Telemetry

/// Figures that other components keep, read at each scrape.
enum MetricCollectors {
    static func install(_ backends: Backends) {
        let (metrics, postgres, redis, fetcher) = (backends.metrics, backends.postgres, backends.redis, backends.fetcher)
        let limit = postgres.configuration.maximumLeases
        installDisks(backends.settings, metrics)
        metrics.registry.addCollector {
            let now = postgres.metrics
            metrics.postgres.connections.set(now.pool.idle, "idle")
            metrics.postgres.connections.set(now.pool.leased, "leased")
            metrics.postgres.connectionLimit.set(limit)
            metrics.postgres.waiters.set(now.pool.waiters)
            metrics.postgres.waited.advance(to: now.pool.totalWaitSeconds)
            metrics.postgres.leases.advance(to: Int(now.pool.acquired))
            metrics.postgres.laneInFlight.set(now.laneStatements)
            metrics.postgres.statements.advance(to: Int(now.statementsTotal - min(now.failuresTotal, now.statementsTotal)), "ok")
            metrics.postgres.statements.advance(to: Int(now.failuresTotal), "error")
            metrics.postgres.connectFailures.advance(to: Int(now.connectionFailuresTotal))
        }
        metrics.registry.addCollector {
            let now = redis.metrics
            metrics.redis.connected.set(now.isConnected ? 1 : 0)
            metrics.redis.connections.set(now.connections)
            metrics.redis.pending.set(now.pending)
            metrics.redis.inFlight.set(now.inFlight)
            metrics.redis.commands.advance(to: now.commands)
            metrics.redis.timeouts.advance(to: now.timeouts)
            metrics.redis.failures.advance(to: now.failures)
            metrics.redis.reconnects.advance(to: now.reconnects)
            metrics.redis.droppedMessages.advance(to: now.droppedMessages)
        }
        metrics.registry.addCollector {
            let now = fetcher.metrics
            metrics.fetch.transfers.advance(to: now.completed, "completed")
            for (code, count) in now.failed { metrics.fetch.transfers.advance(to: count, code.description) }
            metrics.fetch.receivedBytes.advance(to: now.bytesReceived)
            metrics.fetch.connections.advance(to: now.connectionsOpened)
            metrics.fetch.inFlight.set(now.active)
            metrics.fetch.queued.set(now.queued)
        }
    }

    /// Room on the file systems that the process writes to; what is not there has no series.
    static func installDisks(_ settings: Settings, _ metrics: MetricCatalog) {
        func folder(_ choice: Settings.StorageChoice?) -> String? {
            if case .folder(let path) = choice { path } else { nil }
        }
        let volumes = [
            ("archives", folder(settings.storage)), ("backups", folder(settings.backup)), ("spool", settings.spoolDirectory),
            ("work", settings.workDirectory),
        ]
        metrics.registry.addCollector {
            for (volume, path) in volumes {
                guard let space = path.flatMap({ DiskSpace(path: $0) }) else { continue }
                metrics.process.diskFree.set(space.freeBytes, volume)
                metrics.process.diskSize.set(space.sizeBytes, volume)
            }
        }
    }

    /// The circuits of a process, by kind: the worst state, and the sums of the rest.
    static func install(_ dependencies: Dependencies, _ metrics: MetricCatalog) {
        metrics.registry.addCollector {
            for (kind, group) in Dictionary(grouping: dependencies.all, by: \.kind) {
                var (worst, calls) = (0, BreakerCounts())
                for dependency in group {
                    let now = await dependency.breaker.snapshot()
                    worst = max(worst, now.state == .open ? 2 : now.state == .halfOpen ? 1 : 0)
                    calls.successes += now.counts.successes
                    calls.failures += now.counts.failures
                    calls.neutral += now.counts.neutral
                    calls.blocked += now.counts.blocked
                }
                metrics.breakers.state.set(worst, kind)
                metrics.breakers.calls.advance(to: calls.successes, kind, "success")
                metrics.breakers.calls.advance(to: calls.failures, kind, "failure")
                metrics.breakers.calls.advance(to: calls.neutral, kind, "neutral")
                metrics.breakers.calls.advance(to: calls.blocked, kind, "blocked")
                metrics.breakers.running.set(group.reduce(0) { $0 + $1.bulkhead.snapshot.running }, kind)
                metrics.breakers.waiting.set(group.reduce(0) { $0 + $1.bulkhead.snapshot.waiting }, kind)
            }
        }
    }

    /// How backups went, from Postgres, for the scheduler.
    static func installBackup(_ backends: Backends) {
        let (metrics, ledger) = (backends.metrics, PostgresBackupLedger(backends.postgres))
        metrics.backup.interval.set(backends.settings.backupBaseInterval.seconds, "base")
        metrics.backup.interval.set(backends.settings.backupLogInterval.seconds, "log")
        metrics.registry.addCollector {
            for state in (try? await ledger.states()) ?? [] {
                if let succeeded = state.succeeded { metrics.backup.stored.set(succeeded, state.kind) }
                metrics.backup.failures.set(state.failures, state.kind)
                metrics.backup.size.set(Int(state.bytes), state.kind)
            }
        }
    }

    /// The queue, from Postgres, for the scheduler: one process is enough to tell it.
    static func installQueue(_ backends: Backends) {
        let (metrics, postgres) = (backends.metrics, backends.postgres)
        let verifications = PostgresVerificationStore(postgres)
        metrics.registry.addCollector {
            if let owed = try? await verifications.owed() { metrics.ingestion.verificationsOwed.set(owed) }
        }
        metrics.registry.addCollector {
            guard let now = try? await QueueGauges.read(postgres) else { return }
            for status in ["pending", "crawling", "parsing", "embedding", "indexing", "completed", "failed", "stopped"] {
                metrics.ingestion.jobs.set(now.byStatus[status.uppercased()] ?? 0, status)
            }
            for (priority, line) in now.lines {
                metrics.queue.depth.set(line.waiting, priority.rawValue)
                metrics.queue.inFlight.set(line.running, priority.rawValue)
                metrics.queue.oldestAge.set(line.oldestWaitingSeconds, priority.rawValue)
            }
            metrics.queue.deadLetters.set(now.deadLetters)
            metrics.queue.outboxPending.set(now.unpublished)
            metrics.queue.outboxLag.set(now.oldestUnpublishedSeconds)
        }
    }
}
