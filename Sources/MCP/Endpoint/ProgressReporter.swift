import Primitives

/// Tells the client how far its request has come, if the client asked to be told.
public struct ProgressReporter: Sendable {
    private let token: RequestID?
    private let send: @Sendable (JSONValue) -> Void
    private let last = Locked<Double?>(nil)

    /// Nobody asked.
    static let silent = ProgressReporter(token: nil) { _ in }

    init(token: RequestID?, send: @escaping @Sendable (JSONValue) -> Void) {
        self.token = token
        self.send = send
    }

    /// Whether anybody listens: skip work that only serves the report otherwise.
    public var isWanted: Bool { token != nil }

    /// Reports that `progress` of `total` is done. Reports that do not go beyond the last one are dropped, as the protocol demands; so are
    /// older ones when the client does not keep up. Never waits.
    ///
    /// - Parameters:
    ///   - progress: how much, in a unit of the tool's choice; finite.
    ///   - total: how much there will be, if it is known.
    ///   - message: one line for people.
    public func report(_ progress: Double, total: Double? = nil, message: String? = nil) {
        guard let token, progress.isFinite else { return }
        last.withLock { last in
            if let last, progress <= last { return }
            last = progress
            var params: JSONObject = ["progressToken": token.json, "progress": .number(progress)]
            params["total"] = total.map(JSONValue.number)
            params["message"] = message.map(JSONValue.string)
            // Sent under the lock, so that reports from two tasks leave in their order; the receiver is a buffer and never blocks.
            send(["jsonrpc": "2.0", "method": "notifications/progress", "params": .object(params)])
        }
    }
}
