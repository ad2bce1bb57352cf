import Digests
package import Domain
package import FoundationEssentials
package import Logging
import Primitives

/// Keeps sources up to date: looks at those that are due, and queues a job for each that changed.
///
/// Any number of processes may run it: a look is lent to one of them by the store. The cursor of a source moves in the transaction that
/// queues the job, so a crash between look and job loses nothing and repeats a look at most.
package struct SourceSynchronizer: Sendable {
    private let store: any SourceSyncStore
    private let jobs: any JobStore
    private let registry: SourceRegistry
    private let holder: String
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let onLook: @Sendable (SourceKind, Outcome) -> Void

    /// How a look ended.
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        case unchanged, queued, failed
    }

    /// Sources looked at side by side.
    private static let batch = 8
    /// Unfinished jobs at which looks wait: 80 percent of what the queue takes.
    package static let pausedAtOpenJobs = 8_000
    private let lookLimit: Duration
    /// Outlives a look, so that a loan ends only with its holder.
    private static let term = Duration.seconds(120)
    /// Pauses after failures that may pass.
    private static let backoff = Backoff(base: .seconds(2), limit: .seconds(900))

    /// - Parameters:
    ///   - store: lends the sources.
    ///   - jobs: take the jobs.
    ///   - registry: the kinds that this process can look at.
    ///   - holder: a name that no other process has.
    ///   - lookLimit: longest time for a look; a source that takes longer is read by a job, which finds out what changed.
    ///   - now: the wall clock.
    ///   - onLook: counts.
    package init(
        store: any SourceSyncStore, jobs: any JobStore, registry: SourceRegistry, holder: String, logger: Logger,
        lookLimit: Duration = .seconds(60), now: @escaping @Sendable () -> Date = { Date() },
        onLook: @escaping @Sendable (SourceKind, Outcome) -> Void = { _, _ in }
    ) {
        (self.store, self.jobs, self.registry, self.holder) = (store, jobs, registry, holder)
        (self.logger, self.lookLimit, self.now, self.onLook) = (logger, lookLimit, now, onLook)
    }

    /// Looks at what is due now.
    ///
    /// - Returns: how many sources were looked at; call again while it is not 0.
    /// - Throws: ``Fault`` when the store is away; `CancellationError`, after which unfinished loans run out by themselves.
    package func round() async throws -> Int {
        let due = try await store.claimDue(
            limit: Self.batch, openJobs: Self.pausedAtOpenJobs, holder: holder, term: Self.term)
        try await withThrowingTaskGroup { group in
            for source in due { group.addTask { try await look(at: source) } }
            try await group.waitForAll()
        }
        return due.count
    }

    private func look(at due: DueSource) async throws {
        let source = due.source
        let result: PollResult
        do {
            result = try await queueIfChanged(due)
        } catch let fault as Fault {
            result = failed(due, fault)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            result = failed(due, Fault(.internal, code: "E_SOURCE", "The source could not be looked at.", isTransient: true))
        }
        let outcome: Outcome = result.didFail ? .failed : result.didQueue ? .queued : .unchanged
        onLook(source.settings.kind, outcome)
        logger.info(
            "source looked at",
            metadata: [
                "source_id": "\(source.id)", "kind": "\(source.settings.kind)", "outcome": "\(outcome.rawValue)",
                "state": "\(result.state.rawValue)", "reason": "\(result.fault?.description ?? "-")",
            ])
        try await store.settle(due, result, holder: holder)
    }

    private func queueIfChanged(_ due: DueSource) async throws -> PollResult {
        let source = due.source
        let connector = try registry.connector(source.settings.kind)
        let cursor = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await connector.cursor(source.settings, after: source.sync.cursor) }
            group.addTask { [lookLimit] in
                // A listing of tens of thousands of pages takes longer, and is none the worse for it: what it would say is not known.
                try await Task.sleep(for: lookLimit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        let timing = source.sync.timing
        var isRetry = due.lastJob == .failed
        if let cursor, cursor == source.sync.cursor, due.requestedAt == nil, due.lastJob != nil, !isRetry {
            guard due.leftPages else { return PollResult(state: .idle, nextPollAt: timing.next(after: now())) }
            // The source says that nothing has changed, and what could not be read then is still owed.
            isRetry = true
        }
        let correlation = "source-\(UUID().uuidString.lowercased())"
        _ = try await jobs.submit(
            JobSubmission(
                library: source.library, version: source.version, settings: source.settings,
                // A webhook or a person asked; the clock and repairs give way.
                priority: due.requestedAt == nil || due.isRepair ? .normal : .high, idempotencyKey: try Self.key(due),
                correlationID: correlation, subject: source.subject, cursor: cursor), access: .all)
        guard isRetry, due.requestedAt == nil else {
            return PollResult(state: .idle, didQueue: true, nextPollAt: timing.next(after: now()))
        }
        // The job before this one failed for good, or in part: it is tried again ever more rarely.
        let failures = due.failures + 1
        let pause = Double(1 << min(failures, 8)) * 60
        let next = timing.next(after: now()).map { max($0, now().addingTimeInterval(pause)) }
        return PollResult(state: .degraded, fault: due.lastFault ?? Self.leftPages, failures: failures, didQueue: true, nextPollAt: next)
    }

    /// The same for a look that is repeated because what came of it was not noted; another one once the settings have changed.
    private static func key(_ due: DueSource) throws -> JobKey? {
        guard let moment = due.requestedAt ?? due.source.sync.nextPollAt else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let settings = SHA256.hash(Array(try encoder.encode(due.source.settings))).hexadecimal.prefix(16)
        return .own("sync:\(due.source.id):\(moment.timeIntervalSince1970):\(settings)")
    }

    private static let leftPages = Fault(
        .network, code: "E_PAGES_LEFT", "The last job could not read some pages, and is repeated for them.",
        hint: "portolan ingest report JOB shows them.", isTransient: true)

    private func failed(_ due: DueSource, _ fault: Fault) -> PollResult {
        let failures = due.failures + 1
        guard fault.isTransient else {
            // Somebody has to mend it; a look at the usual time notices when it is.
            return PollResult(
                state: .error, fault: fault, failures: failures, didFail: true,
                nextPollAt: due.source.sync.timing.next(after: now()) ?? now().addingTimeInterval(900))
        }
        let pause = max(fault.retryAfter ?? .zero, Self.backoff.delay(afterAttempt: failures))
        return PollResult(
            state: .degraded, fault: fault, failures: failures, didFail: true, nextPollAt: now().addingTimeInterval(pause.seconds))
    }
}
