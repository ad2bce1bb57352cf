import Primitives

/// A server of the Model Context Protocol, without the HTTP server: requests in, responses out, no state between them.
///
/// It speaks 2026-07-28 and, without sessions, 2025-11-25, 2025-06-18 and 2025-03-26, decided for each request. Any replica may answer any
/// request. Authentication, quotas and the size of what is read from the network are up to the server in front.
public struct MCPEndpoint<Principal: Sendable>: Sendable {
    let options: EndpointOptions
    let catalog: ToolCatalog<Principal>
    let resources: (any ResourceProvider<Principal>)?
    let methods: [String: Method<Principal>]

    /// - Parameters:
    ///   - options: what the server says of itself, and its bounds.
    ///   - tools: the tools, whose names must differ. Lists show them in the order of their names.
    ///   - resources: the resources; nil for a server that has none.
    public init(options: EndpointOptions, tools: [Tool<Principal>], resources: (any ResourceProvider<Principal>)? = nil) {
        self.options = options
        catalog = ToolCatalog(tools)
        self.resources = resources
        var methods = Self.lifecycleMethods(options: options, capabilities: Self.capabilities(hasTools: !tools.isEmpty, resources != nil))
        if !tools.isEmpty { methods.merge(Self.toolMethods(options: options, catalog: catalog)) { $1 } }
        if let resources { methods.merge(Self.resourceMethods(resources)) { $1 } }
        self.methods = methods
    }

    /// Answers one HTTP request.
    ///
    /// Never throws: every failure is a response. Tools run in the calling task, so that cancelling it, as when the client has gone, cancels
    /// them; the response is then of no use to anyone. Work behind a stream runs when the stream does.
    ///
    /// - Parameters:
    ///   - request: the request with its whole body.
    ///   - principal: the caller.
    public func handle(_ request: MCPHTTPRequest, principal: Principal) async -> MCPHTTPResponse {
        let start = ContinuousClock.now
        let exchange: Exchange
        do throws(Refusal) {
            exchange = try admit(request, principal: principal)
        } catch {
            report(error.error.map { .protocolError($0.code.value) }, exchange: nil, request: request, since: start, refusal: error)
            return error.response
        }
        guard let id = exchange.message.id, let method = exchange.method else {
            report(.accepted, exchange: exchange, request: request, since: start)
            return .empty(status: 202)
        }
        let params = exchange.message.params
        let deadline = Deadline.after(options.timeout)
        if method.streams(params, principal) {
            let stream = MCPEventStream(keepAlive: options.keepAlive, deadline: deadline) { notify in
                let reporter = ProgressReporter(token: exchange.progressToken, send: notify)
                let context = exchange.context(id: id, principal: principal, request: request, deadline: deadline, progress: reporter)
                return await serve(exchange, method: method, context: context, request: request, since: start).message
            }
            return .events(stream)
        }
        let context = exchange.context(id: id, principal: principal, request: request, deadline: deadline, progress: .silent)
        let answer = await serve(exchange, method: method, context: context, request: request, since: start)
        return .json(answer.message, status: answer.status)
    }

    /// Runs the method and makes its message.
    private func serve(
        _ exchange: Exchange, method: Method<Principal>, context: RequestContext<Principal>, request: MCPHTTPRequest,
        since start: ContinuousClock.Instant
    ) async -> (message: JSONValue, status: Int) {
        do {
            let reply = try await method.handler(exchange.message.params, context)
            var result = reply.result
            if context.version.era == .modern {
                result["resultType"] = result["resultType"] ?? "complete"
                reply.cache?.apply(to: &result)
                var meta = result["_meta"]?.objectValue ?? JSONObject()
                meta[MetaKey.serverInfo] = options.server.json(for: context.version)
                result["_meta"] = .object(meta)
            }
            report(reply.outcome, exchange: exchange, request: request, since: start, underlying: reply.underlying)
            return (["jsonrpc": "2.0", "id": context.rpcID.json, "result": .object(result)], 200)
        } catch {
            let known = error as? ProtocolError
            let shown = known ?? ProtocolError(.internalError, "Internal error. Request id: \(request.requestID)")
            let outcome = Task.isCancelled ? CallReport.Outcome.cancelled : .protocolError(shown.code.value)
            report(outcome, exchange: exchange, request: request, since: start, underlying: known == nil ? error : nil)
            return (shown.message(id: context.rpcID), shown.status(in: context.version.era))
        }
    }

    private func report(
        _ outcome: CallReport.Outcome?, exchange: Exchange?, request: MCPHTTPRequest, since start: ContinuousClock.Instant,
        refusal: Refusal? = nil, underlying: (any Error)? = nil
    ) {
        guard let report = options.report, let outcome else { return }
        let message = exchange?.message ?? refusal?.message
        let target = message?.params["name"]?.stringValue ?? message?.params["uri"]?.stringValue
        report(
            CallReport(
                requestID: request.requestID, method: message?.method, target: target, version: exchange?.version,
                clientInfo: exchange?.clientInfo, outcome: outcome, underlying: underlying,
                duration: start.duration(to: .now)))
    }
}
