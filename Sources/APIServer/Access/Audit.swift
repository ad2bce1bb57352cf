import Digests
import Domain
import FoundationEssentials
import Hummingbird
import Logging
import Primitives
import Telemetry

/// The audit: one line for each call, whatever the level of the other logs. It says who did what and how it ended, and no secret: a key goes by
/// the hash that `portolan keys list` shows, a query by its own.
struct AuditLog: Sendable {
    private let logger: Logger
    private let sink: (any AuditSink)?

    /// - Parameters:
    ///   - logger: writes at `info` from now on.
    ///   - sink: keeps the lines for longer than logs are kept; nil for none.
    init(_ logger: Logger, sink: (any AuditSink)?) {
        var logger = logger
        logger.logLevel = .info
        (self.logger, self.sink) = (logger, sink)
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
        var record = AuditRecord(
            at: Date(), event: Self.event(entry, note), subject: entry.principal?.subject ?? AuditRecord.stranger, method: entry.method,
            route: entry.template,
            status: entry.status, durationMilliseconds: (entry.duration.seconds * 100_000).rounded() / 100, requestID: entry.requestID)
        (record.role, record.client, record.code) = (entry.principal?.role.rawValue, entry.client, entry.fault?.code)
        (record.reason, record.agentMethod, record.tool) = (note.refusal, note.agentMethod, note.tool)
        record.queryHash = note.queryHash
        let context = LogContext.current
        (record.correlationID, record.traceID) = (context.correlationID, context.trace?.traceID)
        logger.info("audit", metadata: Self.metadata(record))
        sink?.append(record)
    }

    private static func metadata(_ record: AuditRecord) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "event": "\(record.event)", "subject": "\(record.subject)", "method": "\(record.method)", "route": "\(record.route)",
            "status": .stringConvertible(record.status), "request_id": "\(record.requestID)",
            "duration_ms": .stringConvertible(record.durationMilliseconds),
        ]
        let optional = [
            "role": record.role, "client": record.client, "code": record.code, "reason": record.reason, "mcp_method": record.agentMethod,
            "tool": record.tool, "query_hash": record.queryHash,
        ]
        for (key, value) in optional { if let value { metadata[key] = "\(value)" } }
        return metadata
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
        /// The trace that an agent's message belongs to, where it is not that of the HTTP request.
        var trace: TraceContext?
        /// Why the call was refused, where the answer is a page.
        var fault: Fault?
    }

    private let noted = Locked(Value())

    var value: Value { noted.withLock { $0 } }

    func note(query: String) {
        let hash = SHA256.hash(query).prefix(8)
        noted.withLock { $0.queryHash = Array(hash).hexadecimal }
    }

    func note(trace: TraceContext) { noted.withLock { $0.trace = trace } }

    func note(fault: Fault) { noted.withLock { $0.fault = fault } }

    func note(refusal: String) { noted.withLock { $0.refusal = refusal } }

    func note(agentMethod: String, tool: String?, outcome: String) {
        noted.withLock { ($0.agentMethod, $0.tool, $0.outcome) = (agentMethod, tool, outcome) }
    }
}
