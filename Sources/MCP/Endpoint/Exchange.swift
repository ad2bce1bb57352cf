import Primitives

extension MCPEndpoint {
    /// A message that passed every check.
    struct Exchange: Sendable {
        let message: RPCMessage
        let version: ProtocolVersion
        /// Nil for a notification or a response.
        var method: Method<Principal>?
        let meta: JSONObject
        let principal: Principal
        let owner: String
        var session: Session?

        var clientInfo: Implementation? {
            // In the legacy era only the handshake tells.
            Implementation(version.era == .modern ? meta[MetaKey.clientInfo] : message.params["clientInfo"]) ?? session?.clientInfo
        }

        private var capabilities: JSONObject {
            if let session { return session.capabilities }
            let capabilities = version.era == .modern ? meta[MetaKey.clientCapabilities] : message.params["capabilities"]
            return capabilities?.objectValue ?? JSONObject()
        }

        var progressToken: RequestID? { meta[MetaKey.progressToken].flatMap(RequestID.init) }

        /// From which level on the client wants log messages.
        var logLevel: LogLevel? {
            version.era == .modern ? meta[MetaKey.logLevel]?.stringValue.flatMap(LogLevel.init) : session?.logLevel
        }

        /// - Parameter notify: sends a notification to the client; nil when the answer is no stream.
        func context(
            id: RequestID, request: MCPHTTPRequest, deadline: Deadline, input: InputChannel = .closed, pause: (@Sendable () -> Void)? = nil,
            notify: (@Sendable (JSONValue) -> Void)? = nil
        ) -> RequestContext<Principal> {
            RequestContext(
                principal: principal, owner: owner, requestID: request.requestID, rpcID: id, version: version, clientInfo: clientInfo,
                clientCapabilities: capabilities, meta: meta, trace: TraceContext(meta: meta, headers: request), deadline: deadline,
                progress: notify.map { ProgressReporter(token: progressToken, send: $0) } ?? .silent,
                log: notify.map { LogReporter(threshold: logLevel, send: $0) } ?? .silent, session: session, input: input, pause: pause)
        }
    }

    /// A request that is answered without being served.
    struct Refusal: Error {
        let response: MCPHTTPResponse
        let error: ProtocolError?
        var message: RPCMessage?

        init(
            _ error: ProtocolError, status: Int? = nil, era: ProtocolVersion.Era = .modern, id: RequestID? = nil,
            message: RPCMessage? = nil,
            headers: [(name: String, value: String)] = []
        ) {
            response = .json(error.message(id: id ?? message?.id), status: status ?? error.status(in: era), headers: headers)
            self.error = error
            self.message = message
        }

        init(_ response: MCPHTTPResponse) {
            self.response = response
            error = nil
        }
    }
}
