public import Primitives

/// What a handler may know about the request that it serves.
public struct RequestContext<Principal: Sendable>: Sendable {
    /// The caller, as the server in front knows it.
    public let principal: Principal
    /// The name of the caller that what is kept belongs to (``EndpointServices/owner``); empty without services.
    public let owner: String
    /// The identifier under which the request is logged.
    public let requestID: String
    /// The identifier that the client gave to the request.
    public let rpcID: RequestID
    /// The revision that is spoken.
    public let version: ProtocolVersion
    /// What the client says of itself; unchecked. Nil in the legacy era without a session, where it is only said during the handshake.
    public let clientInfo: Implementation?
    /// What the client can do, as `ClientCapabilities` in the schema; empty in the legacy era without a session.
    public let clientCapabilities: JSONObject
    /// The `_meta` of the request.
    public let meta: JSONObject
    /// The trace that the request belongs to.
    public let trace: TraceContext?
    /// When the answer becomes pointless: pass it on to whatever is waited for.
    public let deadline: Deadline
    /// Where to report progress.
    public let progress: ProgressReporter
    /// Where to send log messages for the client.
    public let log: LogReporter
    let session: Session?
    let input: InputChannel
    let pause: (@Sendable () -> Void)?

    /// Ends the connection of a long call while the work goes on: the client comes back for the rest. Does nothing for clients that could not,
    /// which are all without a session of 2025-11-25.
    public func pauseStream() { pause?() }
}
