package import Domain

/// Takes requests to ingest: checks everything that can be checked without the network, then hands the job to the store.
package struct IngestionService: Sendable {
    private let jobs: any JobStore
    private let sources: SourceRegistry
    private let maxPages: Int

    package static let defaultVersion = "latest"
    /// Characters of a library's name.
    package static let libraryLength = 1...200
    /// Characters of a version.
    package static let versionLength = 1...100

    /// - Parameters:
    ///   - jobs: where jobs go.
    ///   - sources: check what is asked for.
    ///   - maxPages: pages of one job of a kind that has no cap of its own, within `IngestionSettings.maxPagesRange`.
    package init(jobs: any JobStore, sources: SourceRegistry, maxPages: Int = IngestionSettings.defaultMaxPages) {
        (self.jobs, self.sources, self.maxPages) = (jobs, sources, maxPages)
    }

    /// Submits a job.
    ///
    /// - Returns: the job, and whether the idempotency key led to an earlier one.
    /// - Throws: ``Domain/Fault``: `validation` or `security` with the field at fault, `conflict` for a key that was used otherwise,
    ///   `serviceUnavailable` when too many jobs are unfinished.
    package func submit(_ request: IngestionRequest, access: LibraryAccess) async throws -> (job: Job, existed: Bool) {
        if let earlier = request.retryOf, try await jobs.job(earlier, access: access) == nil {
            throw Fault(
                .notFound, code: "E_NOT_FOUND", "There is no job \(earlier) to repeat.", field: "retry_of", hint: "List the jobs.")
        }
        return try await jobs.submit(try submission(request, access: access), access: access)
    }

    /// Checks a request.
    ///
    /// - Parameter access: what the caller may see.
    /// - Returns: what a job or a source is made from.
    /// - Throws: ``Domain/Fault``: `validation` or `security` with the field at fault.
    package func submission(_ request: IngestionRequest, access: LibraryAccess) throws -> JobSubmission {
        guard let kind = SourceKind(rawValue: request.kind ?? SourceKind.website.rawValue) else {
            throw Fault.invalid(field: "kind", "The kind is no name.", limit: sources.kinds.joined(separator: ", "))
        }
        let address = try sources.address(request.webURL, kind: kind, options: request.options)
        guard !address.isSpooled || access == .all else {
            throw Fault(
                .security, code: "E_SPOOL_ACCESS", "What lies in the spool folder is ingested by callers who may see all libraries.",
                field: "web_url", hint: "Ask an operator, or use an address on the web.")
        }
        for (field, patterns) in [("include_patterns", request.includePatterns), ("exclude_patterns", request.excludePatterns)] {
            for pattern in patterns {
                do {
                    _ = try URLPattern(pattern)
                } catch {
                    throw Fault.invalid(
                        field: field, "A glob is not valid: \(error).", limit: "*, ** and ? as wildcards",
                        hint: "Write it like /docs/** or *.html.")
                }
            }
        }
        let settings = try IngestionSettings(
            rootURL: address.rootURL, depth: request.crawlDepth ?? IngestionSettings.defaultDepth, include: request.includePatterns,
            exclude: request.excludePatterns, maxPages: try sources.connector(kind).maximumPages ?? maxPages, kind: kind,
            options: request.options,
            allowMassDelete: request.allowMassDelete)
        return JobSubmission(
            library: try Self.name(request.library, "library", Self.libraryLength) ?? address.library,
            version: try Self.name(request.version, "version", Self.versionLength) ?? Self.defaultVersion, settings: settings,
            priority: request.priority, idempotencyKey: request.idempotencyKey, correlationID: request.correlationID,
            traceparent: request.traceparent,
            tracestate: request.tracestate, retryOf: request.retryOf, subject: address.subject)
    }

    /// `text` without white space around it; nil when there is none.
    private static func name(_ text: String?, _ field: String, _ length: ClosedRange<Int>) throws(Fault) -> String? {
        guard let text else { return nil }
        let trimmed = text.withoutSurroundingSpace
        guard length.contains(trimmed.unicodeScalars.count) else {
            throw .invalid(
                field: field, "The \(field) has \(trimmed.unicodeScalars.count) characters.",
                limit: "\(length.lowerBound) to \(length.upperBound) characters", hint: "Leave it out for the default.")
        }
        guard trimmed.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw .invalid(field: field, "The \(field) has control characters.")
        }
        return trimmed
    }
}

/// What a caller asks for.
package struct IngestionRequest: Sendable {
    /// The start page, as the caller wrote it.
    package var webURL: String
    /// Links followed from there; nil for the default.
    package var crawlDepth: Int?
    package var includePatterns: [String]
    package var excludePatterns: [String]
    /// Nil for the host's name.
    package var library: String?
    /// Nil for ``IngestionService/defaultVersion``.
    package var version: String?
    /// Nil for a website.
    package var kind: String?
    /// Options of the kind.
    package var options: [String: String]
    package var allowMassDelete: Bool
    /// High for what somebody waits for.
    package var priority: JobPriority
    package var retryOf: JobID?
    package var idempotencyKey: JobKey?
    /// Follows the work through queue, worker and rows.
    package var correlationID: String
    /// W3C trace context of the request.
    package var traceparent: String?
    /// The vendors' list that goes with `traceparent`.
    package var tracestate: String?

    package init(
        webURL: String, crawlDepth: Int? = nil, includePatterns: [String] = [], excludePatterns: [String] = [], library: String? = nil,
        version: String? = nil, kind: String? = nil, options: [String: String] = [:], allowMassDelete: Bool = false,
        priority: JobPriority = .normal, retryOf: JobID? = nil, idempotencyKey: JobKey? = nil, correlationID: String,
        traceparent: String? = nil,
        tracestate: String? = nil
    ) {
        (self.webURL, self.crawlDepth) = (webURL, crawlDepth)
        (self.includePatterns, self.excludePatterns) = (includePatterns, excludePatterns)
        (self.library, self.version, self.retryOf) = (library, version, retryOf)
        (self.kind, self.options, self.allowMassDelete) = (kind, options, allowMassDelete)
        (self.priority, self.idempotencyKey, self.correlationID) = (priority, idempotencyKey, correlationID)
        (self.traceparent, self.tracestate) = (traceparent, tracestate)
    }
}
