/// What a server has beside tools, resources and prompts. All of it is optional: without, the methods that need it do not exist.
public struct EndpointServices<Principal: Sendable>: Sendable {
    /// A name for the caller that is the same for each of its requests and never another's: sessions, tasks, states of unfinished requests
    /// and limits of streams belong to it. Not shown to anybody.
    public let owner: @Sendable (Principal) -> String
    /// Carries changes and answers between requests and replicas. Without it there are no subscriptions.
    public let hub: MessageHub?
    /// Which lists change, so that clients are offered to be told. Needs a hub.
    public let changing: Set<ListKind>
    /// Who is told of which change.
    public let audience: Audience<Principal>
    /// Values for arguments of prompts and variables of templates.
    public let completions: (any CompletionProvider<Principal>)?
    /// The work that goes on after its request was answered.
    public let tasks: (any TaskProvider<Principal>)?
    /// Sessions for clients of the legacy era. Needs a hub.
    public let sessions: SessionPolicy?
    /// Seals what unfinished requests must remember. Replicas need the same key.
    public let sealer: StateSealer
    /// Whether tools and prompts send log messages to clients that ask for them.
    public let hasLogging: Bool
    /// Bounds of streams.
    public let streams: StreamLimits

    /// - Parameters:
    ///   - hub: carries changes and answers between requests and replicas.
    ///   - changing: which lists change.
    ///   - audience: who is told of which change; by default everyone who has asked.
    ///   - completions: values for arguments of prompts and variables of templates.
    ///   - tasks: the work that goes on after its request was answered.
    ///   - sessions: for clients of the legacy era.
    ///   - sealer: seals what unfinished requests must remember; by default with a key that only this process has.
    ///   - hasLogging: whether tools and prompts send log messages.
    ///   - streams: bounds of streams.
    ///   - owner: names the caller.
    public init(
        hub: MessageHub? = nil, changing: Set<ListKind> = [], audience: Audience<Principal> = .everyone,
        completions: (any CompletionProvider<Principal>)? = nil, tasks: (any TaskProvider<Principal>)? = nil,
        sessions: SessionPolicy? = nil, sealer: StateSealer = StateSealer(),
        hasLogging: Bool = false, streams: StreamLimits = StreamLimits(), owner: @escaping @Sendable (Principal) -> String
    ) {
        precondition(hub != nil || (changing.isEmpty && sessions == nil), "changes and sessions need a hub")
        self.hub = hub
        self.changing = changing
        self.audience = audience
        self.completions = completions
        self.tasks = tasks
        self.sessions = sessions
        self.sealer = sealer
        self.hasLogging = hasLogging
        self.streams = streams
        self.owner = owner
    }
}

/// A list that clients keep.
public enum ListKind: Sendable, Hashable {
    /// Tools.
    case tools
    /// Prompts.
    case prompts
    /// Resources.
    case resources
    /// The contents of resources, each by its URI.
    case contents
}
