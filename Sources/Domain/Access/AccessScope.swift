/// What a token or key allows. No scope contains another.
package enum AccessScope: String, Sendable, Hashable, CaseIterable {
    /// Read and search documentation.
    case read = "docs:read"
    /// Ask questions.
    case ask
    /// Start and stop ingestion, change sources, delete documentation.
    case ingest
    /// Operate the service.
    case admin
}

/// How much a caller may ask for: decides the quota, and nothing else.
package enum AccessRole: String, Sendable, Hashable, CaseIterable {
    case reader = "READER"
    case power = "POWER"
    case admin = "ADMIN"
}
