package import FoundationEssentials

/// One call at the public port: who did what, and how it ended. Holds no secret.
package struct AuditRecord: Sendable, Hashable {
    package var at: Date
    /// How it ended: `ok`, `refused`, `failed`, what agents' calls come to, or a security event such as `permission_denied`.
    package var event: String
    /// Who, as limits and logs know the caller; ``stranger`` for one who is not known.
    package var subject: String
    package var role: String?
    /// The caller's address, as far as it is known.
    package var client: String?
    package var method: String
    /// Template of the route.
    package var route: String
    package var status: Int
    package var durationMilliseconds: Double
    /// Code of a refusal.
    package var code: String?
    /// Why a token was not taken.
    package var reason: String?
    /// Method of an agent's call.
    package var agentMethod: String?
    package var tool: String?
    /// The beginning of the SHA-256 of what was searched for.
    package var queryHash: String?
    package var requestID: String
    package var correlationID: String?
    package var traceID: String?
    /// Calls that the record stands for: of strangers only the first of a kind has a record of its own.
    package var repeats = 1

    /// The subject of those who are not known.
    package static let stranger = "-"

    /// - Parameters: see the properties; the optional ones are set afterwards.
    package init(
        at: Date, event: String, subject: String, method: String, route: String, status: Int, durationMilliseconds: Double,
        requestID: String
    ) {
        (self.at, self.event, self.subject, self.method) = (at, event, subject, method)
        (self.route, self.status, self.durationMilliseconds, self.requestID) = (route, status, durationMilliseconds, requestID)
    }
}

/// Keeps the audit.
package protocol AuditSink: Sendable {
    /// Keeps `record`. Returns at once; never fails.
    func append(_ record: AuditRecord)
}
