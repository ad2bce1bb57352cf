package import Ingestion
package import Logging
import Primitives
import ServiceLifecycle

/// Tells about failed jobs, in every scheduler: a notice is lent to one of them at a time. Nothing waits for it.
package struct NotificationService: Service {
    let notifier: FailureNotifier
    let tick: Duration
    let logger: Logger

    /// - Parameter tick: pause between two looks for what is due.
    package init(notifier: FailureNotifier, tick: Duration = .seconds(2), logger: Logger) {
        (self.notifier, self.tick, self.logger) = (notifier, tick, logger)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                do {
                    while try await notifier.round() > 0 {}
                    failures = 0
                } catch {
                    if Task.isCancelled { return }
                    failures += 1
                    logger.warning("notifying failed", metadata: ["error": "\(error)"])
                }
                let pause = failures == 0 ? tick : Backoff(base: tick, limit: .seconds(60)).delay(afterAttempt: failures)
                try? await Task.sleep(for: pause)
            }
        }
    }
}
