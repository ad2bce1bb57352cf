package import Logging

/// What a piece of work belongs to. Held in a task-local value, so that every line logged below it carries the same identifiers.
package struct LogContext: Sendable, Hashable {
    /// The context of the current task; empty outside any.
    @TaskLocal package static var current = LogContext()

    /// Identifier of the HTTP request: the reply's `X-Request-Id`.
    package var requestID: String?
    /// Identifier that follows the work from the request through the queue into the worker.
    package var correlationID: String?
    /// Identifier of the ingestion job.
    package var jobID: String?
    /// Stage of the ingestion job.
    package var stage: String?
    /// Position in the distributed trace.
    package var trace: TraceContext?

    /// - Parameters: see the properties.
    package init(
        requestID: String? = nil, correlationID: String? = nil, jobID: String? = nil, stage: String? = nil, trace: TraceContext? = nil
    ) {
        (self.requestID, self.correlationID, self.jobID) = (requestID, correlationID, jobID)
        (self.stage, self.trace) = (stage, trace)
    }

    /// The identifiers under the keys of the log lines.
    package var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let requestID { metadata["request_id"] = .string(requestID) }
        if let correlationID { metadata["correlation_id"] = .string(correlationID) }
        if let jobID { metadata["job_id"] = .string(jobID) }
        if let stage { metadata["stage"] = .string(stage) }
        if let trace {
            metadata["trace_id"] = .string(trace.traceID)
            metadata["span_id"] = .string(trace.spanID)
        }
        return metadata
    }

    /// Gives log handlers the metadata of the current context.
    package static let metadataProvider = Logger.MetadataProvider { current.metadata }

    /// Runs `body` with the current context changed by `change`. Tasks that `body` starts as its children inherit it.
    package static func with<Result>(
        _ change: (inout LogContext) -> Void, _ body: () async throws -> Result
    ) async rethrows -> Result {
        var context = current
        change(&context)
        return try await $current.withValue(context, operation: body)
    }
}
