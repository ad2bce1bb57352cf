/// Who makes a request, and what they may do.
package struct Principal: Sendable, Hashable {
    /// What a token allows.
    package enum Scope: String, Sendable, Hashable, CaseIterable {
        /// Read and search documentation.
        case read = "docs:read"
        /// Ask questions.
        case ask
        /// Start and stop ingestion, delete documentation.
        case ingest
        /// Operate the service.
        case admin
    }

    /// Decides the rate limit.
    package enum Role: String, Sendable, Hashable, CaseIterable {
        case reader = "READER"
        case power = "POWER"
        case admin = "ADMIN"
    }

    /// Name for limits and logs; never a secret.
    package let subject: String
    /// The role.
    package let role: Role
    /// What the principal may do.
    package let scopes: Set<Scope>

    /// - Parameters: see the properties.
    package init(subject: String, role: Role, scopes: Set<Scope>) {
        (self.subject, self.role, self.scopes) = (subject, role, scopes)
    }

    /// The holder of the one configured token.
    package static let operatorToken = Principal(subject: "token", role: .admin, scopes: Set(Scope.allCases))
    /// Anyone, where nobody is asked.
    package static let anyone = Principal(subject: "anyone", role: .admin, scopes: Set(Scope.allCases))
}
