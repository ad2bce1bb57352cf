import Primitives

/// Which changes a stream tells of (`SubscriptionFilter` in the schema).
struct SubscriptionFilter: Sendable, Hashable {
    /// How many resources one subscription may name.
    static let maximumResources = 1000

    var lists: Set<ListKind> = []
    /// In the client's order.
    var resources: [String] = [] { didSet { named = Set(resources) } }
    /// The same: each change asks each subscription.
    private var named: Set<String> = []

    private static let members: [(key: String, kind: ListKind, change: ServerChange)] = [
        ("toolsListChanged", .tools, .tools), ("promptsListChanged", .prompts, .prompts),
        ("resourcesListChanged", .resources, .resources),
    ]

    init(lists: Set<ListKind> = [], resources: [String] = []) {
        (self.lists, self.resources, named) = (lists, resources, Set(resources))
    }

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
        (resources, named) = (uris, Set(uris))
    }

    /// What of `change` was asked for.
    func wanted(of change: ServerChange) -> [ServerChange] {
        switch change {
        case .resource(let uri): named.contains(uri) ? [change] : []
        case .resourcesUnder(let prefix): resources.filter { $0.hasPrefix(prefix) }.map { .resource($0) }
        case .resourcesListed: lists.contains(.resources) ? [.resources] : []
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

    /// Changes of which it is not decided yet whether a caller is told; more end the stream.
    private static var undecidedLimit: Int { 4096 }

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
        let request = request.known
        return .events(
            MCPEventStream(terms: terms, lease: lease, registry: streams) { buffer in
                let isAcknowledged = Locked(false)
                let acknowledge: @Sendable () -> Void = {
                    isAcknowledged.withLock { isAcknowledged in
                        if !isAcknowledged { buffer.push(acknowledgment) }
                        isAcknowledged = true
                    }
                }
                let tell: @Sendable (ServerChange) -> Void = { change in
                    for change in filter.wanted(of: change) {
                        acknowledge()
                        buffer.push(change.notification(meta: meta), key: change.key)
                    }
                }
                let (undecided, queue) = AsyncStream.makeStream(
                    of: ServerChange.self, bufferingPolicy: .bufferingOldest(Self.undecidedLimit))
                let audience = services.audience
                // Listens first: a change after the acknowledgment must not be missed, and one before it must not overtake it.
                let listening = hub.listen(to: MessageHub.changes) { message in
                    guard let change = ServerChange(json: message), !filter.wanted(of: change).isEmpty else { return }
                    if audience.isEveryone { return tell(change) }
                    // The client has missed something then, and must look anew.
                    if case .dropped = queue.yield(change) { buffer.finish() }
                }
                acknowledge()
                decisions: for await change in undecided {
                    switch await audience.verdict(exchange.principal, change) {
                    case .told: tell(change)
                    case .withheld: continue
                    case .ended: break decisions
                    }
                }
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
        let allowed = try await resources.subscribable(Set(filter.resources), context: context)
        // In the client's order, each once.
        var seen: Set<String> = []
        result.resources = filter.resources.filter { allowed.contains($0) && seen.insert($0).inserted }
        return result
    }
}
