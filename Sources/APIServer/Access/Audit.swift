import Digests
import Domain
import Hummingbird
import Logging
import Primitives

/// The audit: one line for each call, whatever the level of the other logs. It says who did what and how it ended, and no secret: a key goes by
/// the hash that `portolan keys list` shows, a query by its own.
struct AuditLog: Sendable {
    private let logger: Logger

    /// - Parameter logger: writes at `info` from now on.
    init(_ logger: Logger) {
        var logger = logger
        logger.logLevel = .info
        self.logger = logger
    }

    /// A call that was answered.
    struct Entry {
        let method: String
        let template: String
        let status: Int
        /// Why it was refused; nil when the route answered.
        let fault: Fault?
        /// Nil for a stranger.
        let principal: Principal?
        let note: CallNote
        let duration: Duration
        let requestID: String
        /// The caller's address, as far as it is known.
        let client: String?
    }

    func write(_ entry: Entry) {
        let note = entry.note.value
        var metadata: Logger.Metadata = [
            "event": .string(Self.event(entry, note)), "subject": "\(entry.principal?.subject ?? "-")", "method": "\(entry.method)",
            "route": "\(entry.template)", "status": .stringConvertible(entry.status), "request_id": "\(entry.requestID)",
            "duration_ms": .stringConvertible((entry.duration.seconds * 100_000).rounded() / 100),
        ]
        if let role = entry.principal?.role { metadata["role"] = "\(role.rawValue)" }
        if let code = entry.fault?.code { metadata["code"] = "\(code)" }
        if let call = note.agentMethod { metadata["mcp_method"] = "\(call)" }
        if let tool = note.tool { metadata["tool"] = "\(tool)" }
        if let refusal = note.refusal { metadata["reason"] = "\(refusal)" }
        if let client = entry.client { metadata["client"] = "\(client)" }
        if let query = note.queryHash { metadata["query_hash"] = "\(query)" }
        logger.info("audit", metadata: metadata)
    }

    private static func event(_ entry: Entry, _ note: CallNote.Value) -> String {
        switch entry.fault?.category {
        case .authentication: "unauthenticated"
        case .authorization: "permission_denied"
        case .rateLimited: "quota_exceeded"
        // An agent is told by its own protocol, whose errors have HTTP statuses in one era and not in the other.
        case nil: note.outcome ?? (entry.status < 400 ? "ok" : "refused")
        default: entry.status < 500 ? "refused" : "failed"
        }
    }
}

/// What a call turns out to be about: noted where it is known, for the line that is written where the call ends.
final class CallNote: Sendable {
    @TaskLocal static var current: CallNote?

    struct Value: Sendable {
        var agentMethod: String?
        var tool: String?
        /// How an agent's request ended, where HTTP does not tell.
        var outcome: String?
        /// The first 16 hexadecimal digits of the query's SHA-256.
        var queryHash: String?
        /// Why a token was not taken.
        var refusal: String?
    }

    private let noted = Locked(Value())

    var value: Value { noted.withLock { $0 } }

    func note(query: String) {
        let hash = SHA256.hash(query).prefix(8)
        noted.withLock { $0.queryHash = Array(hash).hexadecimal }
    }

    func note(refusal: String) { noted.withLock { $0.refusal = refusal } }

    func note(agentMethod: String, tool: String?, outcome: String) {
        noted.withLock { ($0.agentMethod, $0.tool, $0.outcome) = (agentMethod, tool, outcome) }
    }
}
