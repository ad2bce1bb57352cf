package import Domain
package import FoundationEssentials

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
    /// Where: which libraries there are for the principal. For holders of the scope `admin` that is all of them.
    package let access: LibraryAccess
    /// Until when the proof of it counts; nil where it has no end, or whoever took it knows better.
    package let expiresAt: Date?

    /// - Parameters: see the properties; `access` counts for those without the scope `admin`.
    package init(subject: String, role: Role, scopes: Set<Scope>, access: LibraryAccess, expiresAt: Date? = nil) {
        (self.subject, self.role, self.scopes, self.expiresAt) = (subject, role, scopes, expiresAt)
        self.access = scopes.contains(.admin) ? .all : access
    }

    /// The holder of the one configured token.
    package static let operatorToken = Principal(subject: "token", role: .admin, scopes: Set(Scope.allCases), access: .all)
    /// Anyone, where nobody is asked.
    package static let anyone = Principal(subject: "anyone", role: .admin, scopes: Set(Scope.allCases), access: .all)
}
