public import Primitives

/// What a handler may know about the request that it serves.
public struct RequestContext<Principal: Sendable>: Sendable {
    /// The caller, as the server in front knows it.
    public let principal: Principal
    /// The identifier under which the request is logged.
    public let requestID: String
    /// The identifier that the client gave to the request.
    public let rpcID: RequestID
    /// The revision that is spoken.
    public let version: ProtocolVersion
    /// What the client says of itself; unchecked. Nil in the legacy era, where it is only said during the handshake.
    public let clientInfo: Implementation?
    /// What the client can do, as `ClientCapabilities` in the schema; empty in the legacy era without sessions.
    public let clientCapabilities: JSONObject
    /// The `_meta` of the request.
    public let meta: JSONObject
    /// The trace that the request belongs to.
    public let trace: TraceContext?
    /// When the answer becomes pointless: pass it on to whatever is waited for.
    public let deadline: Deadline
    /// Where to report progress.
    public let progress: ProgressReporter
}
