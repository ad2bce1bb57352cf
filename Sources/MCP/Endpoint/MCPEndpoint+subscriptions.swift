import Primitives

/// Which changes a stream tells of (`SubscriptionFilter` in the schema).
struct SubscriptionFilter: Sendable, Hashable {
    /// How many resources one subscription may name.
    static let maximumResources = 1000

    var lists: Set<ListKind> = []
    var resources: [String] = []

    private static let members: [(key: String, kind: ListKind, change: ServerChange)] = [
        ("toolsListChanged", .tools, .tools), ("promptsListChanged", .prompts, .prompts),
        ("resourcesListChanged", .resources, .resources),
    ]

    init(lists: Set<ListKind> = [], resources: [String] = []) { (self.lists, self.resources) = (lists, resources) }

    /// - Throws: `invalidParams` for a member of the wrong type.
    init(_ value: JSONValue?) throws(ProtocolError) {
        guard let object = value?.objectValue else { throw ProtocolError(.invalidParams, "notifications must be an object") }
        for (key, kind, _) in Self.members {
            guard let member = object[key] else { continue }
            guard let isWanted = member.boolValue else { throw ProtocolError(.invalidParams, "notifications.\(key) must be true or false") }
            if isWanted { lists.insert(kind) }
        }
        guard let member = object["resourceSubscriptions"] else { return }
        let uris = member.arrayValue?.compactMap(\.stringValue)
        guard let uris, uris.count == member.arrayValue?.count else {
            throw ProtocolError(.invalidParams, "notifications.resourceSubscriptions must be an array of strings")
        }
        guard uris.count <= Self.maximumResources else {
            throw ProtocolError(.invalidParams, "notifications.resourceSubscriptions has more than \(Self.maximumResources) elements")
        }
        resources = uris
    }

    /// What of `change` was asked for.
    func wanted(of change: ServerChange) -> [ServerChange] {
        switch change {
        case .resource(let uri): resources.contains(uri) ? [change] : []
        case .resourcesUnder(let prefix): resources.filter { $0.hasPrefix(prefix) }.map { .resource($0) }
        case .tools, .prompts, .resources: Self.members.contains { $0.change == change && lists.contains($0.kind) } ? [change] : []
        }
    }

    var json: JSONValue {
        var object = JSONObject()
        for (key, kind, _) in Self.members where lists.contains(kind) { object[key] = true }
        if !resources.isEmpty { object["resourceSubscriptions"] = .array(resources.map(JSONValue.string)) }
        return .object(object)
    }
}

extension MCPEndpoint {
    static var listenMethod: String { "subscriptions/listen" }

    /// Answers with a stream of changes, the first message of which says what it will tell of.
    func listen(
        _ exchange: Exchange, id: RequestID, request: MCPHTTPRequest, since start: ContinuousClock.Instant
    ) async -> MCPHTTPResponse {
        guard let hub = services.hub else { return .empty(status: 404) }
        let deadline = Deadline.after(services.streams.lifetime)
        let filter: SubscriptionFilter
        do {
            let context = exchange.context(id: id, request: request, deadline: .after(options.timeout))
            filter = try await honored(try SubscriptionFilter(exchange.message.params["notifications"]), context)
        } catch {
            let known = error as? ProtocolError
            let shown = known ?? ProtocolError(.internalError, "Internal error. Request id: \(request.requestID)")
            report(
                .protocolError(shown.code.value), exchange: exchange, request: request, since: start,
                underlying: known == nil ? error : nil)
            return .json(shown.message(id: id), status: shown.status(in: .modern))
        }
        guard let lease = streams.lease(for: exchange.owner) else { return tooManyStreams(id: id) }
        let meta: JSONObject = [MetaKey.subscriptionID: id.json]
        let acknowledgment: JSONValue = [
            "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
            "params": ["_meta": .object(meta), "notifications": filter.json],
        ]
        let terms = MCPEventStream.Terms(
            keepAlive: options.keepAlive, deadline: deadline, idle: services.streams.idle, buffered: services.streams.buffered,
            overflow: .finish)
        return .events(
            MCPEventStream(terms: terms, lease: lease, registry: streams) { buffer in
                let isAcknowledged = Locked(false)
                let acknowledge: @Sendable () -> Void = {
                    isAcknowledged.withLock { isAcknowledged in
                        if !isAcknowledged { buffer.push(acknowledgment) }
                        isAcknowledged = true
                    }
                }
                // Listens first: a change after the acknowledgment must not be missed, and one before it must not overtake it.
                let listening = hub.listen(to: MessageHub.changes) { message in
                    guard let change = ServerChange(json: message) else { return }
                    for change in filter.wanted(of: change) {
                        acknowledge()
                        buffer.push(change.notification(meta: meta), key: change.key)
                    }
                }
                acknowledge()
                await suspendUntilCancelled()
                withExtendedLifetime(listening) {}
                report(.complete, exchange: exchange, request: request, since: start)
                let result = completed(Reply(result: ["_meta": .object(meta)]), for: exchange.version)
                return ["jsonrpc": "2.0", "id": id.json, "result": .object(result)]
            })
    }

    /// What of `filter` this server can tell of, and the caller may hear.
    private func honored(_ filter: SubscriptionFilter, _ context: RequestContext<Principal>) async throws -> SubscriptionFilter {
        var result = SubscriptionFilter(lists: filter.lists.intersection(services.changing))
        guard services.changing.contains(.contents), let resources else { return result }
        for uri in filter.resources where try await resources.canSubscribe(to: uri, context: context) { result.resources.append(uri) }
        return result
    }
}

/// Returns when the task is cancelled.
func suspendUntilCancelled() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in stream {}
    continuation.finish()
}
