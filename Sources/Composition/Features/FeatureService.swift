import FoundationEssentials
package import Logging
import Primitives
package import Resilience
import ServiceLifecycle
package import Telemetry

/// Follows the file of features while the process runs. A file with a mistake changes nothing: the rules of before stay in force.
package struct FeatureService: Service {
    private let source: FeatureSource
    private let flags: FeatureFlags
    private let metrics: FeatureMetricGroup
    private let logger: Logger
    private let interval: Duration
    private let content: Locked<Data?>

    /// - Parameter interval: between two looks at the file.
    package init(
        source: FeatureSource, flags: FeatureFlags, metrics: FeatureMetricGroup, logger: Logger, interval: Duration = .seconds(2)
    ) {
        (self.source, self.flags, self.metrics, self.logger, self.interval) = (source, flags, metrics, logger, interval)
        content = Locked(source.content)
        show()
    }

    /// Looks until the process stops.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: self.interval) } catch { return }
                self.look()
            }
        }
    }

    /// Reads the file again if it has changed.
    package func look() {
        let now = source.content
        guard
            content.withLock({ before in
                defer { before = now }
                return before != now
            })
        else { return }
        do throws(SettingsError) {
            flags.replace(try source.rules())
            metrics.reloads.increment("ok")
            let shares = Feature.all.map { ($0.name, Logger.MetadataValue.stringConvertible(flags.rule($0).share)) }
            logger.notice("features read again", metadata: Dictionary(uniqueKeysWithValues: shares))
            show()
        } catch {
            metrics.reloads.increment("refused")
            logger.warning("features stay as they were", metadata: ["reason": "\(error.lines.joined(separator: "; "))"])
        }
    }

    private func show() {
        for feature in Feature.all { metrics.share.set(flags.rule(feature).share, feature.name) }
    }
}
