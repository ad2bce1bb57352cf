package import JobQueue
package import Logging
import ServiceLifecycle

/// The worker: consumes the streams until the group shuts down, then hands its jobs back at their last checkpoint.
package struct JobWorker: Service {
    let consumer: StreamConsumer
    let logger: Logger

    package init(consumer: StreamConsumer, logger: Logger) {
        self.consumer = consumer
        self.logger = logger
    }

    package func run() async throws {
        logger.info("worker started")
        await cancelWhenGracefulShutdown { await consumer.run() }
        logger.info("worker stopped")
    }
}
