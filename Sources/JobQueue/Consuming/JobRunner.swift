package import Domain
package import Logging
import Postgres
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
    package let tracestate: String?
    /// Since the job got its slot.
    package let waited: Duration
    /// Carries job and correlation identifier.
    package let logger: Logger
}

/// How a delivery ended, for metrics.
package enum JobEnd: String, Sendable, Hashable, CaseIterable {
    case completed, failed, retried, stopped, handedBack = "handed_back", lost, skipped
    /// Failed for a reason that may pass, with all attempts used up: there is a dead letter.
    case exhausted
    /// A message that this release cannot read: there is a dead letter, and no job.
    case buried
}

/// Runs leased jobs, renews their leases while the handler works, and writes how they ended.
package struct JobRunner: Sendable {
    let leases: LeaseStore
    let handler: any JobHandler
    let settings: JobQueueSettings
    /// Name under which this process holds leases.
    let holder: String
    let logger: Logger
    /// Cancels the work on jobs that are lost or to be stopped; somebody has to run it.
    let keeper: LeaseKeeper
    private let settlements: GroupWriter<LeaseStore.Settlement>

    package init(leases: LeaseStore, handler: any JobHandler, settings: JobQueueSettings, holder: String, logger: Logger) {
        self.leases = leases
        self.handler = handler
        self.settings = settings
        self.holder = holder
        self.logger = logger
        keeper = LeaseKeeper(leases, settings: settings, logger: logger)
        settlements = GroupWriter(
            isOwnFault: { ($0 as? PostgresError).map { $0.code == .server || $0.code == .encoding } ?? false },
            { try await leases.settle($0) })
    }

    /// Leases what of `jobs` can be had, also when the task is cancelled meanwhile: what was leased must not lie there until it runs out.
    /// - Throws: the database's error when the leases could not even be asked for; the messages must then stay pending.
    func lease(_ jobs: [JobID]) async throws -> [LeaseStore.Grant] {
        try await Task { try await leases.lease(jobs, holder: holder) }.value
    }

    /// Runs the job to its end, or until the lease is lost, a stop is asked for or the task is cancelled.
    /// - Returns: how the delivery ended; whatever it is, the message can be acknowledged, since the job's row says what comes next.
    func run(_ grant: LeaseStore.Grant) async -> JobEnd {
        let lease = grant.lease
        var logger = logger
        // Written out only when a line is.
        logger[metadataKey: "job_id"] = .stringConvertible(lease.job)
        logger[metadataKey: "correlation_id"] = "\(grant.correlationID)"
        if let trace = Self.traceID(grant.traceparent) { logger[metadataKey: "trace_id"] = "\(trace)" }
        let context = JobContext(
            attempt: grant.attempt, correlationID: grant.correlationID, traceparent: grant.traceparent, tracestate: grant.tracestate,
            waited: grant.waited, logger: logger)
        logger.info("job leased", metadata: ["attempt": "\(grant.attempt)", "fence": "\(lease.fence)"])
        let work = Task { try await handler.run(lease, context: context) }
        keeper.hold(lease) { work.cancel() }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        return await settle(lease, keeper.letGo(lease), result, context)
    }

    /// The trace of a `traceparent`, which was checked when the job was made: version, trace, span and flags.
    private static func traceID(_ traceparent: String?) -> Substring? {
        let parts = traceparent?.split(separator: "-") ?? []
        return parts.count >= 4 ? parts[1] : nil
    }

    private func settle(
        _ lease: JobLease, _ verdict: LeaseKeeper.Verdict?, _ result: Result<Void, any Error>, _ context: JobContext
    ) async -> JobEnd {
        let logger = context.logger
        do {
            switch (result, verdict) {
            case (.success, _):
                // Also when it completed in the moment in which the keeper gave up on it.
                logger.info("job completed")
                return .completed
            case (.failure, .lost):
                logger.warning("lease lost")
                return .lost
            case (.failure, .stop):
                return try await stop(lease, logger)
            case (.failure(let loss as LeaseLoss), nil):
                if loss == .stopRequested { return try await stop(lease, logger) }
                logger.warning("lease lost", metadata: ["reason": "\(loss)"])
                return .lost
            case (.failure(let error), nil):
                return try await settle(lease, error, context)
            }
        } catch {
            // The lease runs out and the reaper sends the job again.
            logger.error("the end of the job could not be written", metadata: ["error": "\(String(reflecting: error))"])
            return .lost
        }
    }

    private func stop(_ lease: JobLease, _ logger: Logger) async throws -> JobEnd {
        try await settlements.write(.init(lease, .stop))
        logger.info("job stopped")
        return .stopped
    }

    private func settle(_ lease: JobLease, _ error: any Error, _ context: JobContext) async throws -> JobEnd {
        if error is CancellationError || (error as? Fault)?.category == .cancelled {
            try await settlements.write(.init(lease, .handBack))
            context.logger.info("job handed back")
            return .handedBack
        }
        let fault =
            error as? Fault
            ?? Fault(.internal, code: "E_INTERNAL", "The job failed for a reason that the worker's log tells.", isTransient: true)
        if !(error is Fault) { context.logger.error("job failed unexpectedly", metadata: ["error": "\(String(reflecting: error))"]) }
        if fault.isTransient, context.attempt < settings.maxAttempts {
            let delay = max(fault.retryAfter ?? .zero, settings.retryBackoff.delay(afterAttempt: context.attempt))
            try await settlements.write(.init(lease, .retry(after: delay)))
            context.logger.warning("job will be retried", metadata: ["reason": "\(fault)", "delay_seconds": "\(delay.seconds)"])
            return .retried
        }
        try await settlements.write(.init(lease, .fail(fault, isDead: fault.isTransient)))
        context.logger.warning("job failed", metadata: ["reason": "\(fault)"])
        return fault.isTransient ? .exhausted : .failed
    }
}
