/// What a server says of itself, and its bounds.
public struct EndpointOptions: Sendable {
    /// The name card.
    public let server: Implementation
    /// What a model should know before it uses the server.
    public let instructions: String?
    /// Which hosts and origins are answered.
    public let origins: OriginPolicy
    /// The largest and deepest body.
    public let limits: JSONLimits
    /// How long a request may take: the deadline that handlers get.
    public let timeout: Duration
    /// How often a silent stream shows that it is alive.
    public let keepAlive: Duration
    /// How many tools or prompts a page has, at least 1.
    public let pageSize: Int
    /// How long clients may keep the discovery and the lists of tools and prompts. A list is private if what is in it depends on the caller.
    public let cache: CachePolicy
    /// Called once for each message after it was answered; must not block.
    public let report: (@Sendable (CallReport) -> Void)?

    /// - Parameters:
    ///   - server: the name card.
    ///   - instructions: what a model should know before it uses the server.
    ///   - origins: which hosts and origins are answered.
    ///   - limits: the largest and deepest body.
    ///   - timeout: how long a request may take.
    ///   - keepAlive: how often a silent stream shows that it is alive.
    ///   - pageSize: how many tools or prompts a page has.
    ///   - cache: how long clients may keep the discovery and the lists of tools and prompts.
    ///   - report: called once for each message after it was answered; must not block.
    public init(
        server: Implementation, instructions: String? = nil, origins: OriginPolicy, limits: JSONLimits = JSONLimits(),
        timeout: Duration = .seconds(30), keepAlive: Duration = .seconds(15), pageSize: Int = 100,
        cache: CachePolicy = CachePolicy(lifetime: .seconds(300), scope: .public), report: (@Sendable (CallReport) -> Void)? = nil
    ) {
        self.server = server
        self.instructions = instructions
        self.origins = origins
        self.limits = limits
        self.timeout = timeout
        self.keepAlive = keepAlive
        self.pageSize = max(1, pageSize)
        self.cache = cache
        self.report = report
    }
}
