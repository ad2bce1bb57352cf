/// The gates of the product. There is none besides, so that a gate without a call site shows as one that never decides.
package enum GateName: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case config = "config_gate"
    case url = "url_gate"
    case filesystem = "filesystem_gate"
    case extraction = "extraction_gate"
    case storage = "storage_gate"
    case database = "db_gate"
    case databaseBoundary = "db_boundary_gate"
    case query = "query_gate"

    /// The name in metrics, logs and documents.
    package var description: String { rawValue }

    /// What the gate guards.
    package var domain: GateDomain {
        switch self {
        case .config: .config
        case .url: .network
        case .filesystem: .filesystem
        case .extraction: .extraction
        case .storage: .storage
        case .database, .databaseBoundary, .query: .database
        }
    }
}

/// The area that a gate guards.
package enum GateDomain: String, Sendable, Hashable, CaseIterable {
    case config, network, filesystem, extraction, storage
    case database = "db"
}
