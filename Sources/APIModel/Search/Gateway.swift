/// Bounds of the agent gateway.
package enum GatewayLimits {
    /// Characters of a query.
    package static let queryLength = 2...1000
    /// Passages that any role may have at once.
    package static let mostChunks = 100
}

/// Body of `POST /agents/v1/query`.
package struct GatewayQueryRequest: Sendable, Hashable, Codable {
    /// The question.
    package var query: String
    /// Passages at most; nil takes what the role has.
    package var maxChunks: Int?
    /// Only this library.
    package var namespace: String?
    /// Token budget of the passages; nil takes `Limits.defaultMaxTokens`.
    package var maxTokens: Int?
    /// Follows the request through the caller's own logs.
    package var traceID: String?

    package enum CodingKeys: String, CodingKey {
        case query
        case maxChunks = "max_chunks"
        case namespace
        case maxTokens = "max_tokens"
        case traceID = "trace_id"
    }
}

/// Reply to `POST /agents/v1/query`.
package struct GatewayQueryResponse: Sendable, Hashable, Codable {
    /// The passages, best first.
    package var chunks: [SearchHit]
    /// How they were found.
    package var searchMode: SearchMode
    /// Whether a budget left passages out.
    package var isPartial: Bool
    /// Whether something that belongs to a full answer was away.
    package var isDegraded: Bool
    /// What was away, when degraded.
    package var reasons: [String]
    /// Requests that may follow at once; nil where there is no quota.
    package var quotaRemaining: Int?
    /// As in the request.
    package var traceID: String?

    /// - Parameters: see the properties.
    package init(
        chunks: [SearchHit], searchMode: SearchMode, isPartial: Bool, isDegraded: Bool, reasons: [String], quotaRemaining: Int?,
        traceID: String?
    ) {
        (self.chunks, self.searchMode, self.isPartial, self.isDegraded) = (chunks, searchMode, isPartial, isDegraded)
        (self.reasons, self.quotaRemaining, self.traceID) = (reasons, quotaRemaining, traceID)
    }

    package enum CodingKeys: String, CodingKey {
        case chunks
        case searchMode = "search_mode"
        case isPartial = "partial"
        case isDegraded = "degraded"
        case reasons
        case quotaRemaining = "quota_remaining"
        case traceID = "trace_id"
    }
}

/// Reply to `GET /agents/v1/status`: what the caller may do, and how the service is.
package struct GatewayStatus: Sendable, Hashable, Codable {
    /// How the service is: `ok`, `degraded`, `down`, `draining` or `starting`.
    package var status: String
    /// Version of the service.
    package var version: String
    /// Role of the caller.
    package var role: String
    /// What the caller may do.
    package var scopes: [String]
    /// Passages that a query may have.
    package var maxChunks: Int
    /// Requests that may follow at once; nil where there is no quota.
    package var quotaRemaining: Int?
    /// Libraries that the caller can search.
    package var namespaces: Int

    /// - Parameters: see the properties.
    package init(
        status: String, version: String, role: String, scopes: [String], maxChunks: Int, quotaRemaining: Int?, namespaces: Int
    ) {
        (self.status, self.version, self.role, self.scopes) = (status, version, role, scopes)
        (self.maxChunks, self.quotaRemaining, self.namespaces) = (maxChunks, quotaRemaining, namespaces)
    }

    package enum CodingKeys: String, CodingKey {
        case status, version, role, scopes
        case maxChunks = "max_chunks"
        case quotaRemaining = "quota_remaining"
        case namespaces
    }
}
