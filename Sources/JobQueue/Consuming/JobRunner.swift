package import Domain
package import Logging
import Primitives

/// What a worker does with a leased job.
package protocol JobHandler: Sendable {
    /// Runs the job from its checkpoint to COMPLETED.
    ///
    /// - Throws: ``Domain/LeaseLoss`` when it may not write any more; ``Domain/Fault`` when it cannot go on; `CancellationError` when it
    ///   was cancelled, after which the job can go on from its last checkpoint.
    func run(_ lease: JobLease, context: JobContext) async throws
}

/// What travels with a job.
package struct JobContext: Sendable {
    /// Deliveries so far, this one included.
    package let attempt: Int
    package let correlationID: String
    package let traceparent: String?
    /// Carries job and correlation identifier.
    package let logger: Logger
}

/// How a delivery ended, for metrics.
package enum JobEnd: String, Sendable, Hashable, CaseIterable {
    case completed, failed, retried, stopped, handedBack = "handed_back", lost, skipped
}

/// Runs one delivery of a job: leases it, renews the lease while the handler works, and writes how it ended.
package struct JobRunner: Sendable {
    let leases: LeaseStore
    let handler: any JobHandler
    let settings: JobQueueSettings
    /// Name under which this process holds leases.
    let holder: String
    let logger: Logger
    /// How soon a stop reaches a job that is between two writes.
    private static let stopPoll: Duration = .seconds(1)

    package init(leases: LeaseStore, handler: any JobHandler, settings: JobQueueSettings, holder: String, logger: Logger) {
        self.leases = leases
        self.handler = handler
        self.settings = settings
        self.holder = holder
        self.logger = logger
    }

    private enum Verdict: Sendable {
        case handler((any Error)?)
        case stop
        case lost
    }

    /// - Returns: how the delivery ended; whatever it is, the message can be acknowledged, since the job's row says what comes next.
    /// - Throws: the database's error when the lease could not even be asked for; the message must then stay pending.
    package func run(_ job: JobID) async throws -> JobEnd {
        guard case .leased(let lease, let attempt, let correlationID, let traceparent) = try await leases.lease(job, holder: holder) else {
            return .skipped
        }
        var logger = logger
        logger[metadataKey: "job_id"] = "\(job)"
        logger[metadataKey: "correlation_id"] = "\(correlationID)"
        let context = JobContext(attempt: attempt, correlationID: correlationID, traceparent: traceparent, logger: logger)
        logger.info("job leased", metadata: ["attempt": "\(attempt)", "fence": "\(lease.fence)"])
        let verdict = await work(lease, context)
        // The end must be written although the worker is shutting down, so cancellation stays outside.
        return await Task { await self.settle(lease, verdict, context) }.value
    }

    private func work(_ lease: JobLease, _ context: JobContext) async -> Verdict {
        await withTaskGroup(of: Verdict?.self) { group in
            group.addTask {
                do {
                    try await handler.run(lease, context: context)
                    return .handler(nil)
                } catch {
                    return .handler(error)
                }
            }
            group.addTask { await watch(lease, context.logger) }
            var first: Verdict?
            for await case let verdict? in group {
                if first == nil {
                    first = verdict
                    group.cancelAll()
                } else if case .handler(nil) = verdict {
                    // It completed in the moment in which the watch gave up on it.
                    first = verdict
                }
            }
            return first ?? .lost
        }
    }

    /// Renews the lease and looks for a stop until cancelled, which is no verdict: the handler has it then.
    private func watch(_ lease: JobLease, _ logger: Logger) async -> Verdict? {
        var lastRenewal = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: min(Self.stopPoll, settings.renewalInterval))
            if Task.isCancelled { break }
            do {
                let (held, stopRequested) = try await leases.renew(lease)
                lastRenewal = .now
                if !held { return .lost }
                if stopRequested { return .stop }
            } catch {
                if Task.isCancelled { break }
                // The database may be restarting: the lease holds until it runs out, and every write is guarded anyway.
                logger.warning("lease not renewed", metadata: ["error": "\(error)"])
                if lastRenewal.duration(to: .now) > settings.leaseDuration { return .lost }
            }
        }
        return nil
    }

    private func settle(_ lease: JobLease, _ verdict: Verdict, _ context: JobContext) async -> JobEnd {
        let logger = context.logger
        do {
            switch verdict {
            case .lost:
                logger.warning("lease lost")
                return .lost
            case .stop:
                try await leases.stop(lease)
                logger.info("job stopped")
                return .stopped
            case .handler(nil):
                logger.info("job completed")
                return .completed
            case .handler(let error as LeaseLoss):
                return try await settle(lease, error, logger)
            case .handler(let error?):
                return try await settle(lease, error, context)
            }
        } catch {
            // The lease runs out and the reaper sends the job again.
            logger.error("the end of the job could not be written", metadata: ["error": "\(String(reflecting: error))"])
            return .lost
        }
    }

    private func settle(_ lease: JobLease, _ loss: LeaseLoss, _ logger: Logger) async throws -> JobEnd {
        switch loss {
        case .stopRequested:
            try await leases.stop(lease)
            logger.info("job stopped")
            return .stopped
        case .fenced, .finished:
            logger.warning("lease lost", metadata: ["reason": "\(loss)"])
            return .lost
        }
    }

    private func settle(_ lease: JobLease, _ error: any Error, _ context: JobContext) async throws -> JobEnd {
        if error is CancellationError || (error as? Fault)?.category == .cancelled {
            try await leases.handBack(lease)
            context.logger.info("job handed back")
            return .handedBack
        }
        let fault =
            error as? Fault
            ?? Fault(.internal, code: "E_INTERNAL", "The job failed for a reason that the worker's log tells.", isTransient: true)
        if !(error is Fault) { context.logger.error("job failed unexpectedly", metadata: ["error": "\(String(reflecting: error))"]) }
        if fault.isTransient, context.attempt < settings.maxAttempts {
            let delay = settings.retryBackoff.delay(afterAttempt: context.attempt)
            try await leases.retry(lease, after: delay)
            context.logger.warning("job will be retried", metadata: ["reason": "\(fault)", "delay_seconds": "\(delay.seconds)"])
            return .retried
        }
        try await leases.fail(lease, fault, dead: fault.isTransient)
        context.logger.warning("job failed", metadata: ["reason": "\(fault)"])
        return .failed
    }
}
