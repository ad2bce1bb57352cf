/// How much a log message matters, as syslog (RFC 5424) has it.
public enum LogLevel: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Details.
    case debug
    /// What happens.
    case info
    /// What happens and matters.
    case notice
    /// What may become a problem.
    case warning
    /// What failed.
    case error
    /// What failed and matters.
    case critical
    /// What needs somebody at once.
    case alert
    /// What is unusable.
    case emergency

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Sends log messages to a client that asked for them.
///
/// Deprecated in 2026-07-28, where clients ask with each request; in a session they ask once. Nothing secret and nothing of other callers
/// belongs into a message.
public struct LogReporter: Sendable {
    private let threshold: LogLevel?
    private let send: @Sendable (JSONValue) -> Void

    /// Nobody asked.
    static let silent = LogReporter(threshold: nil) { _ in }

    init(threshold: LogLevel?, send: @escaping @Sendable (JSONValue) -> Void) {
        self.threshold = threshold
        self.send = send
    }

    /// Whether messages of `level` are sent: skip work that only serves them otherwise.
    public func isWanted(_ level: LogLevel) -> Bool { threshold.map { level >= $0 } ?? false }

    /// Sends a message; older ones are dropped when the client does not keep up. Never waits.
    ///
    /// - Parameters:
    ///   - level: how much it matters.
    ///   - data: the message, a string or any other value.
    ///   - logger: who says it.
    public func log(_ level: LogLevel, _ data: JSONValue, logger: String? = nil) {
        guard isWanted(level) else { return }
        var params: JSONObject = ["level": .string(level.rawValue)]
        params["logger"] = logger.map(JSONValue.string)
        params["data"] = data
        send(["jsonrpc": "2.0", "method": "notifications/message", "params": .object(params)])
    }
}
