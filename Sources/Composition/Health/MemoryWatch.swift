package import Logging
import Primitives
package import Resilience
import ServiceLifecycle
package import Telemetry

/// Reads the memory every few seconds and keeps the tier.
package final class MemoryWatch: Service {
    private let machine: Locked<MemoryTierMachine>
    private let reading: @Sendable () -> MemoryReading?
    private let interval: Duration
    private let metrics: HealthMetricGroup
    private let logger: Logger
    private let onChange: @Sendable (_ from: MemoryTier, _ to: MemoryTier, _ usage: Double) async -> Void

    /// - Parameters:
    ///   - reading: how the memory is; nil where it cannot be read, which changes nothing.
    ///   - onChange: hears of each change of the tier.
    package init(
        metrics: HealthMetricGroup, logger: Logger, interval: Duration = .seconds(5),
        reading: @escaping @Sendable () -> MemoryReading? = { MemoryReading.current() },
        onChange: @escaping @Sendable (_ from: MemoryTier, _ to: MemoryTier, _ usage: Double) async -> Void = { _, _, _ in }
    ) {
        (self.metrics, self.logger, self.interval, self.reading, self.onChange) = (metrics, logger, interval, reading, onChange)
        machine = Locked(MemoryTierMachine())
    }

    /// The tier after the last reading.
    package var tier: MemoryTier { machine.withLock(\.tier) }

    /// Reads until the process stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await Task.sleep(for: self.interval) } catch { return }
            }
        }
    }

    /// Takes one reading into account.
    package func look() async {
        guard let now = reading() else { return }
        let (before, after) = machine.withLock { machine in
            let before = machine.tier
            _ = machine.observe(now.share)
            return (before, machine.tier)
        }
        metrics.memoryUsage.set(now.share)
        metrics.tier.set(after.rawValue)
        guard before != after else { return }
        logger.log(
            level: after > before ? .warning : .notice, "memory tier changed",
            metadata: ["from": "\(before.name)", "to": "\(after.name)", "used": "\(now.used)", "limit": "\(now.limit)"])
        await onChange(before, after, now.share)
    }
}
