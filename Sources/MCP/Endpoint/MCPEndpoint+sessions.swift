import Primitives

extension MCPEndpoint {
    /// The methods that need a session.
    static func sessionMethods(
        _ policy: SessionPolicy, services: EndpointServices<Principal>, resources: (any ResourceProvider<Principal>)?
    ) -> [String: Method<Principal>] {
        @Sendable func session(_ context: RequestContext<Principal>) throws -> Session {
            guard let session = context.session else {
                throw ProtocolError(.invalidRequest, "This needs a session: send initialize, and its Mcp-Session-Id with each request")
            }
            return session
        }
        var methods: [String: Method<Principal>] = [:]
        if services.hasLogging {
            methods["logging/setLevel"] = Method(eras: [.legacy]) { params, context in
                guard let level = params["level"]?.stringValue.flatMap(LogLevel.init) else {
                    let levels = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ProtocolError(.invalidParams, "level must be one of \(levels)")
                }
                try await policy.store.change(try session(context).id, .logLevel(level))
                return Reply(result: JSONObject())
            }
        }
        guard services.changing.contains(.contents), let resources else { return methods }
        methods["resources/subscribe"] = Method(eras: [.legacy]) { params, context in
            guard let uri = params["uri"]?.stringValue else { throw ProtocolError(.invalidParams, "uri must be a string") }
            let session = try session(context)
            guard session.subscriptions.count < policy.subscriptionLimit else {
                throw ProtocolError(.invalidParams, "A session cannot subscribe to more than \(policy.subscriptionLimit) resources")
            }
            guard try await resources.subscribable([uri], context: context).contains(uri) else {
                throw ProtocolError(.resourceNotFound, "Resource not found", data: ["uri": .string(uri)])
            }
            try await policy.store.change(session.id, .subscribe(uri))
            return Reply(result: JSONObject())
        }
        methods["resources/unsubscribe"] = Method(eras: [.legacy]) { params, context in
            guard let uri = params["uri"]?.stringValue else { throw ProtocolError(.invalidParams, "uri must be a string") }
            try await policy.store.change(try session(context).id, .unsubscribe(uri))
            return Reply(result: JSONObject())
        }
        return methods
    }

    private static func topic(_ session: Session) -> String { "session \(session.id)" }

    /// Takes a notification or a response.
    func take(_ exchange: Exchange) async {
        guard let session = exchange.session, let hub = services.hub else { return }
        switch exchange.message {
        case .response(let id, let message):
            hub.send(["answer": id.json, "message": .object(message)], to: Self.topic(session))
        case .notification("notifications/cancelled", let params):
            if let id = params["requestId"].flatMap(RequestID.init) { hub.send(["cancelled": id.json], to: Self.topic(session)) }
        default: break
        }
    }

    /// Ends a session, with the calls and streams that it has at any replica.
    func end(_ session: Session) async -> MCPHTTPResponse {
        _ = try? await services.sessions?.store.remove(session.id)
        services.hub?.send(["ended": true], to: Self.topic(session))
        return .empty(status: 204)
    }

    // MARK: - Calls

    /// Answers a call that has nothing to say before its result.
    func directCall(
        _ exchange: Exchange, in session: Session, id: RequestID, method: Method<Principal>, request: MCPHTTPRequest,
        since start: ContinuousClock.Instant
    ) async -> MCPHTTPResponse {
        let answer = await cancellable(id, in: session, deadline: .after(options.timeout)) { deadline in
            await serve(exchange, id: id, method: method, request: request, deadline: deadline, since: start)
        }
        // Nobody waits for the answer to a call that was cancelled.
        guard let answer else { return .empty(status: 202) }
        return .json(answer.message, status: answer.status, headers: answer.headers)
    }

    /// Answers a call with a stream that the client can come back to: what it says is kept, and it goes on when the connection breaks.
    func sessionCall(
        _ exchange: Exchange, in session: Session, id: RequestID, method: Method<Principal>, request: MCPHTTPRequest,
        since start: ContinuousClock.Instant
    ) async -> MCPHTTPResponse {
        guard let policy = services.sessions, let hub = services.hub else { return .empty(status: 404) }
        guard let lease = streams.lease(for: exchange.owner) else { return tooManyStreams(id: id) }
        let call = SessionCall(stream: Token.random(bytes: 9), session: session, store: policy.store, hub: hub)
        do {
            try await call.open()
        } catch {
            report(
                .protocolError(ProtocolError.Code.internalError.value), exchange: exchange, request: request, since: start,
                underlying: error)
            return .json(ProtocolError(.internalError, "Internal error. Request id: \(request.requestID)").message(id: id), status: 200)
        }
        var pause: (@Sendable () -> Void)?
        if session.version.hasPrimingEvents { pause = { call.pause() } }
        let input = call.input(topic: Self.topic(session))
        let work: @Sendable (Deadline) async -> Answer = { [pause] deadline in
            await serve(
                exchange, id: id, method: method, request: request, deadline: deadline, since: start, input: input, pause: pause,
                notify: { call.notify($0) })
        }
        // Loose: in this era a client that goes away has not cancelled, and may come back for the result. The call's time bounds it, and it counts
        // among the client's streams until it ends.
        Task {
            await call.run { await cancellable(id, in: session, deadline: .after(policy.callTimeout), work)?.message }
            withExtendedLifetime(lease) {}
        }
        return .events(stream(call.stream, of: session, after: 0, lease: lease))
    }

    /// Does `work` until the client cancels the request, its session ends, or its time is over; nil for the first two.
    private func cancellable(
        _ id: RequestID, in session: Session, deadline: Deadline, _ work: @escaping @Sendable (Deadline) async -> Answer
    ) async -> Answer? {
        guard let hub = services.hub else { return await work(deadline) }
        let (cancellations, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isCancelled = Locked(false)
        let listening = hub.listen(to: Self.topic(session)) { message in
            guard message["ended"] == true || message["cancelled"] == id.json else { return }
            isCancelled.withLock { $0 = true }
            signal.yield()
        }
        defer { withExtendedLifetime(listening) {} }
        let answer = await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await work(deadline) }
            group.addTask {
                for await _ in cancellations { break }
                return nil
            }
            group.addTask {
                try? await Task.sleep(until: deadline.instant, clock: .continuous)
                return nil
            }
            var answer: Answer?
            while let next = await group.next() {
                // Whatever comes first ends the rest; late work then returns the error that says so.
                group.cancelAll()
                if let next { answer = next }
            }
            return answer
        }
        return isCancelled.withLock { $0 } ? nil : answer
    }

    // MARK: - Streams

    /// Answers a GET: with what came after `place`, or with a stream for what belongs to no call.
    func sessionStream(_ session: Session, of principal: Principal, after place: SessionPlace?) async -> MCPHTTPResponse {
        guard let lease = streams.lease(for: session.owner) else { return tooManyStreams(id: nil) }
        guard let place else { return .events(standaloneStream(session, of: principal, lease: lease)) }
        let known = try? await services.sessions?.store.events(of: place.stream, in: session.id, after: place.number)
        guard known != nil else {
            let error = ProtocolError(.invalidParams, "Last-Event-ID names no stream of this session that is still kept")
            return .json(error.message(id: nil), status: 400)
        }
        return .events(stream(place.stream, of: session, after: place.number, lease: lease))
    }

    /// What a call has said after its event `number`, and what it will say.
    private func stream(_ name: String, of session: Session, after number: Int, lease: StreamLease) -> MCPEventStream {
        let retry = services.sessions?.retry
        let isPrimed = number == 0 && session.version.hasPrimingEvents
        let deadline = Deadline.after(services.sessions?.callTimeout ?? options.timeout)
        let terms = MCPEventStream.Terms(
            keepAlive: options.keepAlive, deadline: deadline.capped(at: services.streams.lifetime), buffered: services.streams.buffered)
        return MCPEventStream(terms: terms, lease: lease) { buffer in
            guard let store = services.sessions?.store, let hub = services.hub else { return nil }
            let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let listening = hub.listen(to: SessionCall.topic(name)) { _ in signal.yield() }
            defer { withExtendedLifetime(listening) {} }
            func id(_ number: Int) -> String { SessionPlace(stream: name, number: number).text }
            if isPrimed { await buffer.send(nil, id: id(0), retry: retry) }
            var last = number
            // Once without a signal: there may be events already.
            signal.yield()
            for await _ in signals {
                // A stream that the store does not have any more ended with its session.
                guard let entries = try? await store.events(of: name, in: session.id, after: last) else { return nil }
                for entry in entries {
                    last = entry.number
                    switch entry.event {
                    case .begin: break
                    case .message(let message): await buffer.send(message, id: id(last))
                    case .pause:
                        await buffer.send(nil, id: id(last), retry: retry)
                        return nil
                    case .end(let message):
                        if let message { await buffer.send(message, id: id(last)) }
                        return nil
                    }
                }
            }
            return nil
        }
    }

    /// The stream of a session for changes. There is one; a new one takes the place of the old, whose connection may be dead.
    private func standaloneStream(_ session: Session, of principal: Principal, lease: StreamLease) -> MCPEventStream {
        let terms = MCPEventStream.Terms(
            keepAlive: options.keepAlive, deadline: .after(services.streams.lifetime), idle: services.streams.idle,
            buffered: services.streams.buffered, overflow: .finish)
        let number = Token.random(bytes: 6)
        return MCPEventStream(terms: terms, lease: lease, registry: streams) { buffer in
            guard let store = services.sessions?.store, let hub = services.hub else { return nil }
            hub.send(["opened": .string(number)], to: Self.topic(session))
            let (changes, continuation) = AsyncStream.makeStream(of: ServerChange.self, bufferingPolicy: .bufferingNewest(256))
            let own = hub.listen(to: Self.topic(session)) { message in
                let isReplaced = message["opened"].map { $0 != .string(number) } ?? false
                if isReplaced || message["ended"] == true { continuation.finish() }
            }
            let all = hub.listen(to: MessageHub.changes) { message in
                if let change = ServerChange(json: message) { continuation.yield(change) }
            }
            defer { withExtendedLifetime((own, all)) {} }
            // Says at once that the stream is open.
            buffer.pushComment()
            for await change in changes {
                // What the session wants may have changed at another replica. A session that is gone has no stream.
                guard let current = try? await store.session(session.id) else { return nil }
                let filter = SubscriptionFilter(lists: services.changing, resources: Array(current.subscriptions))
                let wanted = filter.wanted(of: change)
                if wanted.isEmpty { continue }
                switch await services.audience.verdict(principal, change) {
                case .told: for change in wanted { buffer.push(change.notification(), key: change.key) }
                case .withheld: continue
                case .ended: return nil
                }
            }
            return nil
        }
    }
}
