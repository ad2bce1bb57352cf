package import FoundationEssentials

/// One circuit breaker.
package struct BreakerDetail: Sendable, Hashable, Codable {
    /// One change of state.
    package struct Change: Sendable, Hashable, Codable {
        package var from: String
        package var to: String
        package var at: Date

        /// - Parameters: see the properties.
        package init(from: String, to: String, at: Date) { (self.from, self.to, self.at) = (from, to, at) }
    }

    /// The kind of the dependency, with `@` and the origin where a kind has many.
    package var name: String
    /// `closed`, `open` or `half_open`.
    package var state: String
    /// Whether somebody opened it by hand: it then stays open until somebody closes it.
    package var forced: Bool
    /// Whether all processes share it; false for those that each process has for itself, and while Redis is away.
    package var shared: Bool
    /// Failures in a row up to now.
    package var failures: Int
    /// Seconds until it lets calls probe; nil unless it is open for a time.
    package var retryAfterSeconds: Int?
    /// The last ten changes, oldest first.
    package var changes: [Change]

    /// - Parameters: see the properties.
    package init(
        name: String, state: String, forced: Bool, shared: Bool, failures: Int, retryAfterSeconds: Int?, changes: [Change]
    ) {
        (self.name, self.state, self.forced, self.shared) = (name, state, forced, shared)
        (self.failures, self.retryAfterSeconds, self.changes) = (failures, retryAfterSeconds, changes)
    }

    package enum CodingKeys: String, CodingKey {
        case name, state, forced, shared, failures
        case retryAfterSeconds = "retry_after_seconds"
        case changes
    }
}

/// Reply to `GET /v1/breakers`, by name.
package struct BreakerList: Sendable, Hashable, Codable {
    package var items: [BreakerDetail]

    /// - Parameter items: by name.
    package init(items: [BreakerDetail]) { self.items = items }
}
