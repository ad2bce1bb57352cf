import Primitives

extension MCPEndpoint {
    /// A message that passed every check.
    struct Exchange: Sendable {
        let message: RPCMessage
        let version: ProtocolVersion
        /// Nil for a notification.
        let method: Method<Principal>?
        let meta: JSONObject

        var clientInfo: Implementation? {
            // In the legacy era only the handshake tells.
            Implementation(version.era == .modern ? meta[MetaKey.clientInfo] : message.params["clientInfo"])
        }

        var progressToken: RequestID? { meta[MetaKey.progressToken].flatMap(RequestID.init) }

        func context(
            id: RequestID, principal: Principal, request: MCPHTTPRequest, deadline: Deadline, progress: ProgressReporter
        ) -> RequestContext<Principal> {
            let capabilities = version.era == .modern ? meta[MetaKey.clientCapabilities] : message.params["capabilities"]
            return RequestContext(
                principal: principal, requestID: request.requestID, rpcID: id, version: version, clientInfo: clientInfo,
                clientCapabilities: capabilities?.objectValue ?? JSONObject(), meta: meta,
                trace: TraceContext(meta: meta, headers: request), deadline: deadline, progress: progress)
        }
    }

    /// A request that is answered without being served.
    struct Refusal: Error {
        let response: MCPHTTPResponse
        let error: ProtocolError?
        var message: RPCMessage?

        init(
            _ error: ProtocolError, status: Int? = nil, era: ProtocolVersion.Era = .modern, id: RequestID? = nil, message: RPCMessage? = nil
        ) {
            response = .json(error.message(id: id ?? message?.id), status: status ?? error.status(in: era))
            self.error = error
            self.message = message
        }

        init(_ response: MCPHTTPResponse) {
            self.response = response
            error = nil
        }
    }
}
