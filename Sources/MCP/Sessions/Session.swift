/// A client of the legacy era between its handshake and its end.
public struct Session: Sendable, Hashable {
    /// The name that the client repeats with each request: unguessable, visible ASCII.
    public let id: String
    /// Whose it is; others do not find it.
    public let owner: String
    /// The revision that was agreed on.
    public let version: ProtocolVersion
    /// What the client can do, as it said.
    public let capabilities: JSONObject
    /// What the client says of itself.
    public let clientInfo: Implementation?
    /// From which level on it wants log messages; nil for none.
    public internal(set) var logLevel: LogLevel?
    /// The resources whose changes it wants to hear of, by URI.
    public internal(set) var subscriptions: Set<String> = []

    init(id: String, owner: String, version: ProtocolVersion, capabilities: JSONObject, clientInfo: Implementation?) {
        (self.id, self.owner, self.version, self.capabilities, self.clientInfo) = (id, owner, version, capabilities, clientInfo)
    }

    /// A change to a session, to be made at once wherever it is kept.
    public enum Change: Sendable, Hashable {
        /// Wants log messages from this level on.
        case logLevel(LogLevel)
        /// Wants to hear of changes of this resource.
        case subscribe(String)
        /// Does not any more.
        case unsubscribe(String)
    }

    /// Makes `change`.
    public mutating func apply(_ change: Change) {
        switch change {
        case .logLevel(let level): logLevel = level
        case .subscribe(let uri): subscriptions.insert(uri)
        case .unsubscribe(let uri): subscriptions.remove(uri)
        }
    }

    /// The session as a document, for stores that keep such.
    public var document: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "owner": .string(owner), "version": .string(version.name), "capabilities": .object(capabilities),
        ]
        object["client"] = clientInfo?.json(for: .v2026_07_28)
        object["log_level"] = logLevel.map { .string($0.rawValue) }
        if !subscriptions.isEmpty { object["subscriptions"] = .array(subscriptions.sorted().map(JSONValue.string)) }
        return .object(object)
    }

    /// Reads a document; nil when it is not one of a session.
    public init?(document: JSONValue) {
        guard let id = document["id"]?.stringValue, let owner = document["owner"]?.stringValue,
            let version = document["version"]?.stringValue.flatMap(ProtocolVersion.init(named:)),
            let capabilities = document["capabilities"]?.objectValue
        else { return nil }
        self.init(
            id: id, owner: owner, version: version, capabilities: capabilities, clientInfo: Implementation(document["client"]))
        logLevel = document["log_level"]?.stringValue.flatMap(LogLevel.init)
        subscriptions = Set((document["subscriptions"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}

/// How sessions are kept.
public struct SessionPolicy: Sendable {
    /// Where they are kept.
    public let store: any SessionStore
    /// Whether requests without one are refused; otherwise they are served without state.
    public let isRequired: Bool
    /// How long a call may take that can wait for a person.
    public let callTimeout: Duration
    /// After which time a client whose stream has ended should come back.
    public let retry: Duration
    /// How many resources a session may subscribe to.
    public let subscriptionLimit: Int

    /// - Parameters:
    ///   - store: where sessions are kept; shared by all replicas.
    ///   - isRequired: whether requests without a session are refused.
    ///   - callTimeout: how long a call may take that can wait for a person.
    ///   - retry: after which time a client whose stream has ended should come back.
    ///   - subscriptionLimit: how many resources a session may subscribe to.
    public init(
        store: any SessionStore, isRequired: Bool = false, callTimeout: Duration = .seconds(300), retry: Duration = .seconds(1),
        subscriptionLimit: Int = 1000
    ) {
        self.store = store
        self.isRequired = isRequired
        self.callTimeout = callTimeout
        self.retry = retry
        self.subscriptionLimit = subscriptionLimit
    }
}
