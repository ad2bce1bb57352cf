package import Domain
package import Policy

/// Takes requests to ingest: checks everything that can be checked without the network, then hands the job to the store.
package struct IngestionService: Sendable {
    private let jobs: any JobStore
    private let gates: GateRegistry
    private let gate: URLGate
    private let maxPages: Int

    package static let defaultVersion = "latest"
    /// Characters of a library's name.
    package static let libraryLength = 1...200
    /// Characters of a version.
    package static let versionLength = 1...100

    /// - Parameters:
    ///   - jobs: where jobs go.
    ///   - gates: counts the URL gate's decisions.
    ///   - policy: which addresses may be fetched.
    ///   - maxPages: pages of one job, within `IngestionSettings.maxPagesRange`.
    package init(jobs: any JobStore, gates: GateRegistry, policy: URLPolicy, maxPages: Int = IngestionSettings.defaultMaxPages) {
        (self.jobs, self.gates, self.gate, self.maxPages) = (jobs, gates, URLGate(policy), maxPages)
    }

    /// Submits a job.
    ///
    /// - Returns: the job, and whether the idempotency key led to an earlier one.
    /// - Throws: ``Domain/Fault``: `validation` or `security` with the field at fault, `conflict` for a key that was used otherwise,
    ///   `serviceUnavailable` when too many jobs are unfinished.
    package func submit(_ request: IngestionRequest) async throws -> (job: Job, existed: Bool) {
        let url = try address(request.webURL)
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
            rootURL: url.description, depth: request.crawlDepth ?? IngestionSettings.defaultDepth, include: request.includePatterns,
            exclude: request.excludePatterns, maxPages: maxPages)
        if let earlier = request.retryOf, try await jobs.job(earlier) == nil {
            throw Fault.invalid(field: "retry_of", "There is no job \(earlier) to repeat.", hint: "List the jobs.")
        }
        return try await jobs.submit(
            JobSubmission(
                library: try Self.name(request.library, "library", Self.libraryLength) ?? url.host.text,
                version: try Self.name(request.version, "version", Self.versionLength) ?? Self.defaultVersion, settings: settings,
                idempotencyKey: request.idempotencyKey, correlationID: request.correlationID, traceparent: request.traceparent,
                retryOf: request.retryOf))
    }

    private func address(_ text: String) throws(Fault) -> SiteURL {
        guard !text.isEmpty, text.utf8.count <= IngestionSettings.maxURLLength else {
            throw .invalid(
                field: "web_url", "The URL is empty or too long.", limit: "1 to \(IngestionSettings.maxURLLength) bytes",
                hint: "Give the address of the start page.")
        }
        do throws(Fault) {
            return try gates.evaluate(gate, text).get()
        } catch {
            // What is no web address at all is a mistake in the field, not an attempt to get somewhere.
            guard (try? SiteURL(text)) == nil else { throw error }
            throw Fault(.validation, code: error.code, error.message, field: error.field, limit: error.limit, hint: error.hint)
        }
    }

    /// `text` without white space around it; nil when there is none.
    private static func name(_ text: String?, _ field: String, _ length: ClosedRange<Int>) throws(Fault) -> String? {
        guard let text else { return nil }
        let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
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
    package var retryOf: JobID?
    package var idempotencyKey: String?
    /// Follows the work through queue, worker and rows.
    package var correlationID: String
    /// W3C trace context of the request.
    package var traceparent: String?

    package init(
        webURL: String, crawlDepth: Int? = nil, includePatterns: [String] = [], excludePatterns: [String] = [], library: String? = nil,
        version: String? = nil, retryOf: JobID? = nil, idempotencyKey: String? = nil, correlationID: String, traceparent: String? = nil
    ) {
        (self.webURL, self.crawlDepth) = (webURL, crawlDepth)
        (self.includePatterns, self.excludePatterns) = (includePatterns, excludePatterns)
        (self.library, self.version, self.retryOf) = (library, version, retryOf)
        (self.idempotencyKey, self.correlationID, self.traceparent) = (idempotencyKey, correlationID, traceparent)
    }
}
