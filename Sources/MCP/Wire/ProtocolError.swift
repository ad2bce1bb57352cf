/// A JSON-RPC error: the request could not be served. What a tool could not do is a `ToolFailure` instead, which the model gets to read.
public struct ProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The codes of JSON-RPC 2.0 and of MCP.
    public struct Code: Sendable, Hashable {
        /// The number on the wire.
        public let value: Int

        private init(_ value: Int) { self.value = value }

        /// The body is not JSON.
        public static let parseError = Code(-32700)
        /// The body is JSON but no request or notification.
        public static let invalidRequest = Code(-32600)
        /// There is no such method, here or in this revision.
        public static let methodNotFound = Code(-32601)
        /// The parameters do not fit: an unknown tool, a missing `_meta` key, an invalid cursor.
        public static let invalidParams = Code(-32602)
        /// The server failed.
        public static let internalError = Code(-32603)
        /// There is no such resource; only before 2026-07-28, which says `invalidParams`.
        public static let resourceNotFound = Code(-32002)
        /// A header and the body disagree.
        public static let headerMismatch = Code(-32020)
        /// The client did not declare a capability that the request needs.
        public static let missingClientCapability = Code(-32021)
        /// A revision that is not spoken here.
        public static let unsupportedVersion = Code(-32022)
    }

    /// What went wrong, as a number.
    public let code: Code
    /// One sentence for the client; safe for strangers.
    public let message: String
    /// More, in the shape that the code prescribes.
    public let data: JSONValue?

    /// - Parameters:
    ///   - code: what went wrong.
    ///   - message: one sentence for the client, without internals.
    ///   - data: more, in the shape that the code prescribes.
    public init(_ code: Code, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The client did not declare `capabilities`, an object as in `ClientCapabilities`, that the request cannot do without.
    public static func missingClientCapabilities(_ capabilities: JSONObject) -> ProtocolError {
        ProtocolError(
            .missingClientCapability, "The request needs client capabilities: \(capabilities.keys.joined(separator: ", "))",
            data: ["requiredCapabilities": .object(capabilities)])
    }

    public var description: String { message }

    /// Whether the same request may succeed later.
    public var isRetryable: Bool { code == .internalError }

    /// The HTTP status that goes with the error. Legacy clients get the errors of methods as a normal reply, as their revisions have it.
    func status(in era: ProtocolVersion.Era) -> Int {
        switch (code, era) {
        case (.parseError, _), (.invalidRequest, _), (.headerMismatch, _), (.unsupportedVersion, _): 400
        case (_, .legacy): 200
        case (.methodNotFound, .modern): 404
        case (.internalError, .modern): 500
        case (_, .modern): 400
        }
    }

    /// The error as a message. Without `id`, when none could be read: the schemas allow that, but no null.
    func message(id: RequestID?) -> JSONValue {
        var object: JSONObject = ["jsonrpc": "2.0"]
        object["id"] = id?.json
        object["error"] = json
        return .object(object)
    }

    /// The error itself.
    var json: JSONValue {
        var error: JSONObject = ["code": .integer(code.value), "message": .string(message)]
        error["data"] = data
        return .object(error)
    }
}
