package import FoundationEssentials

/// Reply to `GET /health`.
package struct HealthDetail: Sendable, Hashable, Codable {
    /// One dependency of the process.
    package struct Component: Sendable, Hashable, Codable {
        /// Such as `postgres`.
        package var name: String
        /// `healthy`, `degraded`, `unhealthy`, or `unknown` before the first check.
        package var status: String
        /// Whether the process is of no use without it.
        package var hard: Bool
        /// Failed checks in a row.
        package var failures: Int
        /// When its status became what it is; nil before the first check.
        package var since: Date?
        /// When it was checked last.
        package var checkedAt: Date?
        /// How long the last check took.
        package var milliseconds: Int?
        /// Its last changes, oldest first.
        package var history: [Change]

        /// - Parameters: see the properties.
        package init(
            name: String, status: String, hard: Bool, failures: Int, since: Date?, checkedAt: Date?, milliseconds: Int?, history: [Change]
        ) {
            (self.name, self.status, self.hard, self.failures) = (name, status, hard, failures)
            (self.since, self.checkedAt, self.milliseconds, self.history) = (since, checkedAt, milliseconds, history)
        }

        package enum CodingKeys: String, CodingKey {
            case name, status, hard, failures, since
            case checkedAt = "checked_at"
            case milliseconds, history
        }
    }

    /// One change of a component's status.
    package struct Change: Sendable, Hashable, Codable {
        package var from: String
        package var to: String
        package var at: Date

        /// - Parameters: see the properties.
        package init(from: String, to: String, at: Date) { (self.from, self.to, self.at) = (from, to, at) }
    }

    /// `healthy`, `degraded`, `unhealthy`, `unknown`, `starting` or `draining`.
    package var status: String
    /// Version of the product.
    package var version: String
    /// How many components have which status.
    package var summary: [String: Int]
    /// How much memory is left: `normal`, `constrained`, `critical` or `failover`.
    package var tier: String
    /// Why the process does less than it could; empty when it does not.
    package var reasons: [String]
    package var components: [Component]
    /// The circuits that the process has used.
    package var breakers: [BreakerDetail]

    /// - Parameters: see the properties.
    package init(
        status: String, version: String, summary: [String: Int], tier: String, reasons: [String], components: [Component],
        breakers: [BreakerDetail]
    ) {
        (self.status, self.version, self.summary, self.tier) = (status, version, summary, tier)
        (self.reasons, self.components, self.breakers) = (reasons, components, breakers)
    }
}
