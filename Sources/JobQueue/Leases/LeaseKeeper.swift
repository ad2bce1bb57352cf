import Domain
import Logging
import Primitives

/// The leases that this process holds: renews all of them with one statement, and cancels the work on a job that was lost or is to stop.
final class LeaseKeeper: Sendable {
    /// Why work was cancelled.
    enum Verdict: Sendable { case stop, lost }

    private struct Held {
        let cancel: @Sendable () -> Void
        var renewed = ContinuousClock.now
        var verdict: Verdict?
    }

    private let leases: LeaseStore
    private let settings: JobQueueSettings
    private let logger: Logger
    private let held = Locked<[JobLease: Held]>([:])
    /// How soon a stop reaches a job that is between two writes.
    private static let stopPoll: Duration = .seconds(1)

    init(_ leases: LeaseStore, settings: JobQueueSettings, logger: Logger) {
        (self.leases, self.settings, self.logger) = (leases, settings, logger)
    }

    /// Looks after `lease` until it is let go; `cancel` is called at most once.
    func hold(_ lease: JobLease, cancel: @escaping @Sendable () -> Void) { held.withLock { $0[lease] = Held(cancel: cancel) } }

    /// - Returns: why its work was cancelled; nil when it was not.
    func letGo(_ lease: JobLease) -> Verdict? { held.withLock { $0.removeValue(forKey: lease) }?.verdict }

    /// Renews until cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: min(Self.stopPoll, settings.renewalInterval))
            if Task.isCancelled { return }
            await renew()
        }
    }

    private func renew() async {
        let open = held.withLock { held in held.filter { $0.value.verdict == nil }.map(\.key) }
        if open.isEmpty { return }
        do {
            let stillHeld = try await leases.renew(open)
            judge(open) { lease, entry in
                guard let stopRequested = stillHeld[lease] else { return .lost }
                entry.renewed = .now
                return stopRequested ? .stop : nil
            }
        } catch {
            if Task.isCancelled { return }
            // The database may be restarting: a lease holds until it runs out, and every write is guarded anyway.
            logger.warning("leases not renewed", metadata: ["error": "\(error)", "leases": "\(open.count)"])
            judge(open) { _, entry in entry.renewed.duration(to: .now) > settings.leaseDuration ? .lost : nil }
        }
    }

    private func judge(_ leases: [JobLease], _ verdict: (JobLease, inout Held) -> Verdict?) {
        let cancelled = held.withLock { held in
            leases.compactMap { lease -> (@Sendable () -> Void)? in
                guard var entry = held[lease] else { return nil }
                entry.verdict = verdict(lease, &entry)
                held[lease] = entry
                return entry.verdict == nil ? nil : entry.cancel
            }
        }
        for cancel in cancelled { cancel() }
    }
}
