package import Domain

/// Who makes a request, and what they may do.
package struct Principal: Sendable, Hashable {
    package typealias Scope = AccessScope
    package typealias Role = AccessRole

    /// Name for limits and logs; never a secret.
    package let subject: String
    /// Decides the quota.
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
