package import JobQueue
package import Logging
import ServiceLifecycle

/// The worker: consumes the streams, fewer jobs at a time while its dependencies are overloaded if it has a governor, until the group shuts down, then hands its jobs back at their last checkpoint.
package struct JobWorker: Service {
    let consumer: StreamConsumer
    let governor: ConcurrencyGovernor?
    let logger: Logger

    package init(consumer: StreamConsumer, governor: ConcurrencyGovernor?, logger: Logger) {
        self.consumer = consumer
        self.governor = governor
        self.logger = logger
    }

    package func run() async throws {
        logger.info("worker started")
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                if let governor { group.addTask { await governor.run() } }
                await consumer.run()
                group.cancelAll()
            }
        }
        logger.info("worker stopped")
    }
}
