public import Primitives

/// A server of the Model Context Protocol, without the HTTP server: requests in, responses out.
///
/// It speaks 2026-07-28, and 2025-11-25, 2025-06-18 and 2025-03-26 with or without sessions, decided for each request. Any replica may answer
/// any request: what must be remembered is in the stores of ``EndpointServices``. Authentication, quotas and the size of what is read from the
/// network are up to the server in front.
///
/// ```swift
/// struct Greeting: ToolInput {
///     let name: String
///     static let arguments = Arguments(Argument("name", .string(length: 1...50), "Whom to greet")) { Greeting(name: $0) }
/// }
/// let endpoint = MCPEndpoint<String>(
///     options: EndpointOptions(server: Implementation(name: "greeter", version: "1"), origins: .loopback),
///     tools: [
///         Tool(content: "greet", description: "Greets somebody", annotations: .readOnly) { (input: Greeting, _) in
///             ToolResult(content: [.text("Hello, \(input.name)!")])
///         }
///     ])
/// let response = await endpoint.handle(request, principal: "anybody")
/// ```
public struct MCPEndpoint<Principal: Sendable>: Sendable {
    let options: EndpointOptions
    let services: EndpointServices<Principal>
    let resources: (any ResourceProvider<Principal>)?
    let methods: [String: Method<Principal>]
    let streams: StreamRegistry

    /// - Parameters:
    ///   - options: what the server says of itself, and its bounds.
    ///   - tools: the tools, whose names must differ. Lists show them in the order of their names.
    ///   - resources: the resources; nil for a server that has none.
    ///   - prompts: the prompts, whose names must differ. Lists show them in the order of their names.
    ///   - services: what else there is: subscriptions, sessions, tasks, completion; nil for none of it.
    public init(
        options: EndpointOptions, tools: [Tool<Principal>], resources: (any ResourceProvider<Principal>)? = nil,
        prompts: [Prompt<Principal>] = [], services: EndpointServices<Principal>? = nil
    ) {
        self.options = options
        self.services = services ?? EndpointServices(owner: { _ in "" })
        self.resources = resources
        // Without an owner all callers look the same, and one limit for them together would let one keep the others out.
        streams = StreamRegistry(limit: services?.streams.perClient ?? .max)
        let promptCatalog = NamedCatalog<Prompt<Principal>, Principal>(prompts)
        var methods = Self.lifecycleMethods(
            options: options, services: self.services, hasTools: !tools.isEmpty, hasPrompts: !prompts.isEmpty,
            hasResources: resources != nil)
        if !tools.isEmpty { methods.merge(Self.toolMethods(options: options, catalog: NamedCatalog(tools))) { $1 } }
        if !prompts.isEmpty { methods.merge(Self.promptMethods(options: options, catalog: promptCatalog)) { $1 } }
        if let resources { methods.merge(Self.resourceMethods(resources)) { $1 } }
        if let completions = self.services.completions {
            methods.merge(Self.completionMethods(completions, prompts: promptCatalog)) { $1 }
        }
        if let tasks = self.services.tasks { methods.merge(Self.taskMethods(tasks)) { $1 } }
        if let sessions = self.services.sessions {
            methods.merge(Self.sessionMethods(sessions, services: self.services, resources: resources)) { $1 }
        }
        if self.services.hub != nil { methods[Self.listenMethod] = Method(eras: [.modern]) { _, _ in Reply(result: JSONObject()) } }
        self.methods = methods
    }

    /// How many streams are open.
    public var streamCount: Int { streams.count }

    /// Ends the streams that wait for changes as the protocol has it, and opens no more: for a server that is about to stop.
    public func endStreams() { streams.close() }

    /// Ends the streams that wait for changes, as one ends that is too slow for them: what should have been told was missed, and clients must look
    /// anew. They may open others at once.
    public func interruptStreams() { streams.interrupt() }

    /// Answers one HTTP request.
    ///
    /// Never throws: every failure is a response. Tools run below the calling task, so that cancelling it, as when the client has gone, cancels
    /// them; the response is then of no use to anyone. At its deadline a call is cancelled, too, and answered with what the protocol has for it: a
    /// tool that does not end then is waited for. Work behind a stream runs when the stream does. Only calls in a session that send
    /// something before their result run on their own: there, going away is not cancelling.
    ///
    /// - Parameters:
    ///   - request: the request with its whole body.
    ///   - principal: the caller.
    ///   - deadline: by when a call without a stream must have ended, where that is not for ``EndpointOptions/timeout`` to say.
    public func handle(_ request: MCPHTTPRequest, principal: Principal, deadline: Deadline? = nil) async -> MCPHTTPResponse {
        let start = ContinuousClock.now
        let admission: Admission
        do throws(Refusal) {
            admission = try await admit(request, principal: principal)
        } catch {
            report(error.error.map { .protocolError($0.code.value) }, exchange: nil, request: request, since: start, refusal: error)
            return error.response
        }
        switch admission {
        case .stream(let session, let place): return await sessionStream(session, of: principal, after: place)
        case .end(let session): return await end(session)
        case .message(let exchange):
            guard let id = exchange.message.id, let method = exchange.method else {
                await take(exchange)
                report(.accepted, exchange: exchange, request: request, since: start)
                return .empty(status: 202)
            }
            if exchange.message.method == Self.listenMethod, exchange.version.era == .modern {
                return await listen(exchange, id: id, request: request, since: start)
            }
            let features = method.features(exchange.message.params, principal)
            let isStreamed = features.needsStream(
                progress: exchange.progressToken != nil, logging: exchange.logLevel != nil, session: exchange.session)
            if let session = exchange.session {
                return isStreamed
                    ? await sessionCall(exchange, in: session, id: id, method: method, request: request, since: start)
                    : await directCall(exchange, in: session, id: id, method: method, request: request, since: start)
            }
            return isStreamed
                ? streamedCall(exchange, id: id, method: method, request: request, since: start)
                : await plainCall(
                    exchange, id: id, method: method, request: request, deadline: deadline ?? .after(options.timeout), since: start)
        }
    }

    // MARK: - Calls

    private func plainCall(
        _ exchange: Exchange, id: RequestID, method: Method<Principal>, request: MCPHTTPRequest, deadline: Deadline,
        since start: ContinuousClock.Instant
    ) async -> MCPHTTPResponse {
        let answer = await TimeLimits.shared.bound(CancellableWork(), by: deadline) {
            await serve(exchange, id: id, method: method, request: request, deadline: deadline, since: start)
        }
        return .json(answer.message, status: answer.status, headers: answer.headers)
    }

    private func streamedCall(
        _ exchange: Exchange, id: RequestID, method: Method<Principal>, request: MCPHTTPRequest, since start: ContinuousClock.Instant
    ) -> MCPHTTPResponse {
        guard let lease = streams.lease(for: exchange.owner) else { return tooManyStreams(id: id) }
        let deadline = Deadline.after(options.timeout)
        let terms = MCPEventStream.Terms(keepAlive: options.keepAlive, deadline: deadline, buffered: services.streams.buffered)
        return .events(
            MCPEventStream(terms: terms, lease: lease) { buffer in
                await serve(
                    exchange, id: id, method: method, request: request, deadline: deadline, since: start, notify: { buffer.push($0) }
                ).message
            })
    }

    func tooManyStreams(id: RequestID?) -> MCPHTTPResponse {
        let error = ProtocolError(.internalError, "Too many streams are open. End one of them, or try again later.")
        return .json(error.message(id: id), status: 429, headers: [("Retry-After", "5")])
    }

    // MARK: - Answers

    /// What a request is answered with.
    struct Answer: Sendable {
        let message: JSONValue
        let status: Int
        var headers: [(name: String, value: String)] = []
    }

    /// Runs the method and makes its message.
    func serve(
        _ exchange: Exchange, id: RequestID, method: Method<Principal>, request: MCPHTTPRequest, deadline: Deadline,
        since start: ContinuousClock.Instant, input: InputChannel = .closed, pause: (@Sendable () -> Void)? = nil,
        notify: (@Sendable (JSONValue) -> Void)? = nil
    ) async -> Answer {
        do {
            var input = input
            if method.takesInput, exchange.version.era == .modern {
                input = try InputRounds(
                    method: exchange.message.method, params: exchange.message.params, owner: exchange.owner, sealer: services.sealer
                ).channel
            }
            let context = exchange.context(id: id, request: request, deadline: deadline, input: input, pause: pause, notify: notify)
            let reply: Reply
            do {
                reply = try await method.handler(exchange.message.params, context)
            } catch let needed as InputRequired {
                reply = Reply(result: needed.result)
            }
            report(reply.outcome, exchange: exchange, request: request, since: start, underlying: reply.underlying)
            return Answer(
                message: ["jsonrpc": "2.0", "id": id.json, "result": .object(completed(reply, for: exchange.version))], status: 200,
                headers: reply.headers)
        } catch {
            let known = error as? ProtocolError
            let isLate = deadline.hasPassed
            let shown = known ?? ProtocolError(.internalError, isLate ? Self.late : "Internal error. Request id: \(request.requestID)")
            let outcome = Task.isCancelled && !isLate ? CallReport.Outcome.cancelled : .protocolError(shown.code.value)
            report(outcome, exchange: exchange, request: request, since: start, underlying: known == nil ? error : nil)
            return Answer(message: shown.message(id: id), status: shown.status(in: exchange.version.era))
        }
    }

    static var late: String { "The call took longer than the server allows. Ask for less, or try again later." }

    /// The result with what the revision wants on every one.
    func completed(_ reply: Reply, for version: ProtocolVersion) -> JSONObject {
        var result = reply.result
        guard version.era == .modern else { return result }
        result["resultType"] = result["resultType"] ?? "complete"
        reply.cache?.apply(to: &result)
        var meta = result["_meta"]?.objectValue ?? JSONObject()
        meta[MetaKey.serverInfo] = options.server.json(for: version)
        result["_meta"] = .object(meta)
        return result
    }

    func report(
        _ outcome: CallReport.Outcome?, exchange: Exchange?, request: MCPHTTPRequest, since start: ContinuousClock.Instant,
        refusal: Refusal? = nil, underlying: (any Error)? = nil
    ) {
        guard let report = options.report, let outcome else { return }
        let message = exchange?.message ?? refusal?.message
        let params = message?.params
        let target = params?["name"]?.stringValue ?? params?["uri"]?.stringValue ?? params?["taskId"]?.stringValue
        report(
            CallReport(
                requestID: request.requestID, method: message?.method, target: target, version: exchange?.version,
                clientInfo: exchange?.clientInfo, outcome: outcome, underlying: underlying,
                duration: start.duration(to: .now)))
    }
}
