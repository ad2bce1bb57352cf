package import Connectors
package import Domain
import FoundationEssentials
package import Ingestion
package import Logging
import ServiceLifecycle

/// Turns what the operator drops into the spool folder into jobs: each archive and each folder is a source, the library is its name.
///
/// The checksum of the content is the key of the job, so several schedulers, restarts and the same file dropped twice make one job. It counts
/// as long as that job is the last one of its source and has not failed.
package struct SpoolIntake: Service {
    /// Earlier jobs of one content that are looked through.
    static let maximumJobs = 20

    let spool: SpoolFolder
    let ingestion: IngestionService
    let jobs: any JobStore
    let poll: Duration
    let logger: Logger

    /// - Parameter poll: pause between two looks.
    package init(
        spool: SpoolFolder, ingestion: IngestionService, jobs: any JobStore, poll: Duration = .seconds(1), logger: Logger
    ) {
        (self.spool, self.ingestion, self.jobs, self.poll, self.logger) = (spool, ingestion, jobs, poll, logger)
    }

    package func run() async throws {
        logger.info("spool intake started")
        await cancelWhenGracefulShutdown {
            var watch = SpoolWatch()
            var isReadable = true
            while !Task.isCancelled {
                do {
                    try await look(&watch, now: .now)
                    isReadable = true
                } catch {
                    if Task.isCancelled { return }
                    if isReadable { logger.warning("spool folder cannot be read", metadata: ["error": "\(error)"]) }
                    isReadable = false
                }
                try? await Task.sleep(for: poll)
            }
        }
        logger.info("spool intake stopped")
    }

    /// Looks once, and submits what is complete. What cannot be submitted is tried again at the next look, unless the request is wrong.
    ///
    /// - Returns: the jobs of what became complete, those that were there already included.
    /// - Throws: ``Domain/Fault`` when the folder cannot be read; `CancellationError`.
    @discardableResult
    package func look(_ watch: inout SpoolWatch, now: ContinuousClock.Instant) async throws -> [Job] {
        var jobs: [Job] = []
        let items = try await spool.items()
        for item in watch.observeObstacles(items) {
            logger.warning("spool item cannot be read", metadata: ["name": "\(item.name)", "error": "\(item.obstacle ?? "")"])
        }
        for item in watch.observe(items, now: now) {
            do {
                let (job, existed) = try await submit(item)
                jobs.append(job)
                let metadata: Logger.Metadata = ["name": "\(item.name)", "job_id": "\(job.id)"]
                if existed {
                    logger.debug("spool item is known", metadata: metadata)
                } else {
                    logger.info("spool item taken in", metadata: metadata)
                }
            } catch {
                try Task.checkCancellation()
                if let fault = error as? Fault, !fault.isTransient {
                    logger.error("spool item refused", metadata: ["name": "\(item.name)", "error": "\(fault)"])
                } else {
                    watch.forget(item.name)
                    logger.warning("spool item waits", metadata: ["name": "\(item.name)", "error": "\(error)"])
                }
            }
        }
        return jobs
    }

    private func submit(_ item: SpoolFolder.Item) async throws -> (job: Job, existed: Bool) {
        let checksum = try await spool.checksum(item.name)
        var key = "spool:\(checksum):\(item.name)"
        for _ in 0..<Self.maximumJobs {
            var request = IngestionRequest(
                webURL: item.name, kind: item.kind?.rawValue, correlationID: "spool-\(UUID().uuidString.lowercased())")
            request.idempotencyKey = .own(key)
            let (job, existed) = try await ingestion.submit(request, access: .all)
            guard existed else { return (job, false) }
            if job.status != .failed {
                let last = try await jobs.jobs(status: nil, documentation: job.documentation, limit: 1, offset: 0, access: .all).jobs.first
                if last == nil || last?.id == job.id { return (job, true) }
            }
            // It failed, or other content came after it: the next job of this content is keyed by this one.
            key = "spool:\(job.id):\(checksum):\(item.name)"
        }
        throw Fault(
            .conflict, code: "E_SPOOL", "The content has failed too often.", limit: "\(Self.maximumJobs) jobs", hint: "Look at its jobs.")
    }
}
