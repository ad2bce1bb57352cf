import Domain
import EmbeddedServices
import FoundationEssentials
import Glibc
package import Logging
import Primitives

/// Keeps a target up to date for as long as it runs: the log at least every ``Pace/log``, a base backup every ``Pace/base``.
///
/// `pg_receivewal` brings the log over a replication slot, so that nothing is missing after a pause. Where something is missing all the
/// same, because the slot or its folder was lost, a base backup is taken at once.
package struct ContinuousBackup: Sendable {
    /// How often what is stored.
    package struct Pace: Sendable {
        /// Longest time until the log is in the target.
        package var log: Duration
        /// Between two base backups.
        package var base: Duration

        package init(log: Duration, base: Duration) { (self.log, self.base) = (log, base) }
    }

    /// The replication slot.
    package static let slot = "backup_of_portolan"

    let service: BackupService
    let pace: Pace
    let logger: Logger
    private let schedule = Locked(Schedule())

    /// When the next base backup is due.
    private struct Schedule {
        /// When the newest base backup began; nil without one that the log goes on from.
        var last: Date?
        var isRunning = false
        var failures = 0
        var notBefore: ContinuousClock.Instant?

        func isDue(at now: Date, every interval: Duration) -> Bool {
            guard !isRunning, notBefore.map({ $0 <= .now }) ?? true else { return false }
            return last.map { now.timeIntervalSince($0) >= interval.seconds } ?? true
        }
    }

    package init(_ service: BackupService, pace: Pace, logger: Logger) { (self.service, self.pace, self.logger) = (service, pace, logger) }

    /// Works until cancelled; stores the rest of the log then.
    package func run() async throws {
        await clearWork()
        let (due, isDue) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        // Beside the log: one that lags or begins anew is no reason to give up a base backup that is on its way.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bases(due) }
            group.addTask { await receivingAgain(isDue) }
            await group.next()
            group.cancelAll()
            isDue.finish()
        }
    }

    private func receivingAgain(_ isDue: AsyncStream<String>.Continuation) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await receiving(isDue)
                failures = 0
            } catch {
                if Task.isCancelled { break }
                failures += 1
                await note(.log, error)
                try? await Task.sleep(for: Backoff(base: .milliseconds(500), limit: .seconds(15)).delay(afterAttempt: failures))
            }
        }
    }

    /// Removes what runs that died left on their way; what another run works on is younger.
    private func clearWork() async {
        let work = service.target.work
        for name in (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? [] where name != "log" {
            let paths = [name] + ((try? FileManager.default.subpathsOfDirectory(atPath: "\(work)/\(name)")) ?? []).map { "\(name)/\($0)" }
            let newest = paths.compactMap { path in
                (try? FileManager.default.attributesOfItem(atPath: "\(work)/\(path)"))?[.modificationDate] as? Date
            }.max()
            if let newest, service.now().timeIntervalSince(newest) > 3600 { try? FileManager.default.removeItem(atPath: "\(work)/\(name)") }
        }
    }

    private func receiving(_ isDue: AsyncStream<String>.Continuation) async throws {
        let folder = "\(service.target.work)/log"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let programs = service.programs
        let facts = try await service.ledger.facts()
        try LogSegment.require(facts.segmentBytes)
        let archive = LogArchive(service.target, cluster: facts.cluster)
        try await programs.run(
            "pg_receivewal", ["--create-slot", "--if-not-exists", "--slot=\(Self.slot)", "--no-password"], limit: .seconds(60))
        let output = "\(service.target.work)/receiver.log"
        // What it said the last time would be taken for news.
        try? FileManager.default.removeItem(atPath: output)
        let receiver = try ChildProcess.start(
            try programs.path("pg_receivewal"),
            arguments: ["--directory=\(folder)", "--slot=\(Self.slot)", "--status-interval=1", "--no-loop", "--no-password"],
            environment: programs.environment, output: .file(output))
        let shipper = LogShipper(archive: archive, folder: folder)
        let result: Result<Void, any Error>
        do {
            try await rounds(shipper, archive, receiver, facts.cluster, isDue)
            result = .success(())
        } catch { result = .failure(error) }
        await receiver.terminate(SIGINT)
        // In a task of its own: a service that is told to stop stores what it has.
        await Task { _ = try? await shipper.round(includesBegun: true) }.value
        guard case .failure(let error) = result, !Task.isCancelled else { return }
        let complaint = FileManager.default.contents(atPath: output).map { String(decoding: $0.suffix(1000), as: UTF8.self) } ?? ""
        guard receiver.exitStatus?.isSuccess == false else { throw error }
        if Self.lost.contains(where: { complaint.contains($0) }) { await beginAnew(folder) }
        let reason = complaint.split(separator: "\n").last.map { ": \($0)" } ?? ""
        throw Fault(.serviceUnavailable, code: "E_BACKUP_LOG", "\(error)\(reason)", isTransient: true)
    }

    /// What `pg_receivewal` says when what it wants to go on with is not there any more: the slot was left behind for too long, or the database is
    /// another one than before.
    private static let lost = [
        "has already been removed", "can no longer", "invalidated", "is ahead of", "is not in this server's history",
    ]

    /// Lets go of slot and folder; the gap that this leaves is noticed, and a base backup taken.
    private func beginAnew(_ folder: String) async {
        logger.warning("the log cannot be gone on with: begun anew")
        _ = try? await service.programs.run(
            "pg_receivewal", ["--drop-slot", "--slot=\(Self.slot)", "--no-password"], limit: .seconds(60))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    /// Rounds of the log until the receiver ends.
    private func rounds(
        _ shipper: LogShipper, _ archive: LogArchive, _ receiver: ChildProcess, _ cluster: String, _ isDue: AsyncStream<String>.Continuation
    ) async throws {
        var stored: LogPosition?
        let inventory = try await service.target.inventory(of: cluster)
        for other in inventory.unreadable {
            logger.error("a base backup cannot be read", metadata: ["backup": "\(other.backup)", "error": "\(other.fault)"])
        }
        let newest = inventory.bases.last
        schedule.withLock { $0.last = newest?.startedAt }
        var isChecked = false
        while true {
            try Task.checkCancellation()
            let began = ContinuousClock.now
            let moment = service.now()
            let position = try await received(receiver)
            let round = try await shipper.round(includesBegun: position != stored)
            try await service.ledger.record(BackupOutcome(kind: .log, moment: moment, bytes: round.bytes, position: position))
            stored = position
            if !isChecked {
                isChecked = true
                // A database that was restored has begun a timeline of its own, on which there is no base backup yet.
                let timeline = try await service.ledger.positions(slot: Self.slot).timeline
                var goesOn = true
                if let newest {
                    goesOn = newest.timeline == timeline
                    if goesOn { goesOn = try await reaches(position, from: newest, archive) }
                }
                if !goesOn {
                    logger.warning("the log does not go on from the newest base backup: another one is taken")
                    schedule.withLock { $0.last = nil }
                }
            }
            if schedule.withLock({ $0.isDue(at: service.now(), every: pace.base) }) { isDue.yield(cluster) }
            try await pause(until: began + pace.log, shipper)
        }
    }

    /// Waits until the receiver has what is on the database's disk now; returns up to where that is.
    private func received(_ receiver: ChildProcess) async throws -> LogPosition {
        let wanted = try await service.ledger.positions(slot: Self.slot).flushed
        let deadline = Deadline.after(.seconds(15))
        while true {
            if let status = receiver.exitStatus {
                throw Fault(.serviceUnavailable, code: "E_BACKUP_LOG", "pg_receivewal ended with \(status)", isTransient: true)
            }
            if let received = try await service.ledger.positions(slot: Self.slot).received, received >= wanted { return wanted }
            guard !deadline.hasPassed else {
                throw Fault(
                    .timeout, code: "E_BACKUP_LOG", "The log does not arrive: pg_receivewal has not caught up within 15 s",
                    isTransient: true)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Stores segments as they are ended, until it is time for the next round.
    private func pause(until end: ContinuousClock.Instant, _ shipper: LogShipper) async throws {
        while ContinuousClock.now < end {
            try await Task.sleep(for: min(.seconds(1), ContinuousClock.now.duration(to: end)))
            _ = try await shipper.round(includesBegun: false)
        }
    }

    private func reaches(_ position: LogPosition, from base: BaseBackup, _ archive: LogArchive) async throws -> Bool {
        let run = try await archive.content().run(from: LogSegment(timeline: base.timeline, at: base.start))
        return (run.last?.number).map { $0 >= LogSegment(timeline: base.timeline, at: position).number } ?? false
    }

    /// Base backups, one at a time, beside the rounds of the log.
    private func bases(_ due: AsyncStream<String>) async {
        for await cluster in due {
            schedule.withLock { $0.isRunning = true }
            defer { schedule.withLock { $0.isRunning = false } }
            do {
                let base = try await service.takeBase()
                schedule.withLock { ($0.last, $0.failures, $0.notBefore) = (base.startedAt, 0, nil) }
                logger.info("base backup stored", metadata: ["backup": "\(base.id)", "bytes": "\(base.storedBytes)"])
                let report = try await service.target.prune(cluster: cluster, isDryRun: false)
                if !report.dropped.isEmpty || !report.abandoned.isEmpty || report.segments > 0 {
                    logger.info(
                        "backups past their time removed",
                        metadata: ["backups": "\(report.dropped.count + report.abandoned.count)", "segments": "\(report.segments)"])
                }
            } catch {
                if Task.isCancelled { return }
                // A backup that fails at its end has cost the database a whole reading.
                let pause = schedule.withLock { schedule in
                    schedule.failures += 1
                    let pause = Backoff(base: .seconds(60), limit: .seconds(900)).delay(afterAttempt: schedule.failures)
                    schedule.notBefore = .now + pause
                    return pause
                }
                logger.error("base backup failed", metadata: ["error": "\(error)", "again_in_seconds": "\(Int(pause.seconds))"])
            }
        }
    }

    private func note(_ kind: BackupOutcome.Kind, _ error: any Error) async {
        logger.error("storing the log failed", metadata: ["error": "\(error)"])
        try? await service.ledger.record(BackupOutcome(kind: kind, moment: service.now(), error: "\(error)"))
    }
}
