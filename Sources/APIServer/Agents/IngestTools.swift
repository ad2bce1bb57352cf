import APIModel
import Domain
import Ingestion
import MCP
import Resilience
import Telemetry

/// The tools `ingest_documentation` and `get_ingestion_status`, for callers with the scope `ingest` only.
enum IngestTools {
    private static let isVisible: @Sendable (Principal) -> Bool = { $0.scopes.contains(.ingest) }

    /// - Parameter tier: how much memory is left; where nothing may be begun over REST, nothing is begun here.
    static func start(_ service: IngestionService, tier: @escaping @Sendable () -> MemoryTier) -> Tool<Principal> {
        Tool(
            deferring: "ingest_documentation", title: "Ingest documentation",
            description: "Starts reading a documentation site, or reads it again. Follow the job with get_ingestion_status.",
            annotations: ToolAnnotations(isReadOnly: false, isDestructive: false, isIdempotent: false, isOpenWorld: true),
            isVisible: isVisible, text: { $0.text }
        ) { (input: Start, context) -> Deferred<Status> in
            try await withToolFailures {
                if tier().isReadOnly { throw Fault.memoryShort }
                var request = input.request
                request.correlationID = LogContext.current.correlationID ?? context.requestID
                // The span of this call, which is below whatever the message or its request named.
                request.traceparent = LogContext.current.trace?.traceparent
                request.tracestate = LogContext.current.trace?.tracestate
                let job = try await service.submit(request, access: context.principal.access).job
                // The row is there: whoever asks for the task next finds it, at any replica.
                return context.acceptsTasks ? .later(JobTasks.state(of: job)) : .now(Status(job: job))
            }
        }
    }

    static func status(_ jobs: any JobStore) -> Tool<Principal> {
        Tool(
            "get_ingestion_status", title: "Follow an ingestion", description: "Shows how far an ingestion job is.",
            annotations: .readOnly, isVisible: isVisible, text: { $0.text }
        ) { (input: Follow, context) in
            try await withToolFailures {
                guard let job = try await jobs.job(input.job, access: context.principal.access) else {
                    throw Fault.notFound("job", input.job.description)
                }
                return Status(job: job)
            }
        }
    }

    struct Start: ToolInput {
        let request: IngestionRequest

        static let arguments = Arguments(
            Argument("web_url", .string(length: Limits.webURLBytes), "Start page", example: "https://fastapi.tiangolo.com/"),
            Argument("crawl_depth", .integer(Limits.crawlDepth), "Links followed from there", default: .integer(Limits.defaultCrawlDepth)),
            Argument(optional: "include_patterns", patterns, "Globs of which a page must match one"),
            Argument(optional: "exclude_patterns", patterns, "Globs of pages to leave out"),
            Argument(optional: "library", .string(length: IngestionService.libraryLength), "Default: the host", example: "fastapi"),
            Argument(optional: "version", .string(length: IngestionService.versionLength), "Default: latest", example: "latest"),
            Argument(
                optional: "priority", .choice(of: JobPriority.self), "Default: high. normal: bulk work that nobody waits for",
                example: "normal")
        ) { url, depth, include, exclude, library, version, priority in
            Start(
                request: IngestionRequest(
                    webURL: url, crawlDepth: depth, includePatterns: include ?? [], excludePatterns: exclude ?? [], library: library,
                    version: version, priority: priority ?? .high, correlationID: ""))
        }

        private static let patterns = ArgumentType<[String]>.array(of: .string(length: Limits.patternBytes), count: Limits.patternCount)
    }

    struct Follow: ToolInput {
        let job: JobID

        static let arguments = Arguments(
            Argument("job_id", .identifier("job"), "From ingest_documentation", example: exampleIdentifier)
        ) { Follow(job: $0) }
    }

    struct Status: ToolOutput {
        let job: Job

        static let shape = OutputShape<Status>(
            .member("job_id", .string, "Job") { $0.job.id.description },
            .member("documentation_id", .string, "What it fills") { $0.job.documentation.description },
            .member("library", .string, "Library") { $0.job.library },
            .member("version", .string, "Version") { $0.job.version },
            .member("status", .choice(of: JobStatus.self), "State") { $0.job.status },
            .member("progress_percent", .integer, "0 to 100") { $0.job.progressPercent },
            .member("pages_processed", .integer, "Pages so far") { $0.job.counts.pagesProcessed },
            .optional("error", .string, "Why it failed") { $0.job.fault?.description })

        var text: String {
            let failure = job.fault.map { " \($0.description)" } ?? ""
            return """
                Job \(job.id) for \(job.library) \(job.version) is \(job.status.rawValue) at \(job.progressPercent) %, \
                \(job.counts.pagesProcessed) pages.\(failure) Documentation: \(job.documentation)
                """
        }
    }
}
