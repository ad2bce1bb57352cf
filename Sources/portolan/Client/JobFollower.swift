import APIClient
import APIModel
import Primitives

/// Asks about a job until it has ended or the person at the terminal has seen enough.
struct JobFollower {
    private enum End: Sendable {
        case job(JobDetail)
        case failure(any Error)
        case interruption
    }

    private let session: ClientSession
    private let form: ProgressReport.Form
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - session: the API and the terminal.
    ///   - toOutput: whether lines are the answer itself; a bar never is.
    init(_ session: ClientSession, toOutput: Bool) {
        self.session = session
        let terminal = session.context.terminal
        if toOutput && session.isJSON {
            (form, write) = (.json, terminal.output)
        } else if terminal.isInteractive {
            (form, write) = (.bar(width: terminal.width), terminal.diagnostics)
        } else {
            (form, write) = (.lines, toOutput ? terminal.output : terminal.diagnostics)
        }
    }

    /// Follows the job to its end. A server that is away for a while is waited for.
    ///
    /// - Returns: the job as it ended.
    /// - Throws: ``CommandFailure`` with code interrupted after Ctrl-C, which leaves the job alone; `APIClientError`.
    func follow(_ id: String) async throws -> JobDetail {
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask {
                do { return .job(try await untilEnd(id)) } catch { return .failure(error) }
            }
            group.addTask {
                await session.context.untilInterrupted()
                return .interruption
            }
            let first = await group.next() ?? .interruption
            group.cancelAll()
            return first
        }
        switch end {
        case .job(let job): return job
        case .failure(let error): throw error
        case .interruption:
            if case .bar = form { write("\n") }
            throw CommandFailure(
                .interrupted, "Detached; the job \(id) goes on.",
                hint: "'portolan ingest tail \(id)' follows it, 'portolan ingest stop \(id)' stops it.")
        }
    }

    /// Throws ``CommandFailure`` unless `job` is completed.
    static func requireSuccess(_ job: JobDetail) throws(CommandFailure) {
        switch job.status {
        case .completed: return
        case .failed:
            let reason = job.error.map { "\($0.message) (\($0.code))" } ?? "no reason is recorded"
            throw CommandFailure(
                .failed, "The job \(job.id) failed: \(reason)", hint: job.error?.hint ?? "See 'portolan ingest report \(job.id)'.")
        default: throw CommandFailure(.failed, "The job \(job.id) was stopped.")
        }
    }

    private func untilEnd(_ id: String) async throws -> JobDetail {
        let (clock, pacing) = (ContinuousClock(), session.context.pacing)
        let start = clock.now
        var report = ProgressReport(form)
        var failures = 0
        while true {
            var wait = start.duration(to: clock.now) < .seconds(60) ? pacing.interval.early : pacing.interval.late
            do {
                let job = try await session.api.job(id)
                failures = 0
                write(try report.text(for: job, at: start.duration(to: clock.now)))
                if job.status.isFinal { return job }
            } catch let error as APIClientError {
                failures += 1
                write(report.interruption())
                guard error.isRetryable, failures < pacing.attempts else { throw error }
                if failures == 1 { session.note("\(error.message) Trying again.") }
                wait = error.retryAfterSeconds.map { .seconds(min($0, 60)) } ?? pacing.backoff.delay(afterAttempt: failures)
            }
            try await Task.sleep(for: wait)
        }
    }
}
