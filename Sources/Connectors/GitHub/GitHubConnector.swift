package import Domain
package import Fetch
package import Policy
import Primitives
package import Resilience

/// Repositories on GitHub as sources.
package struct GitHubConnector: SourceConnector {
    static let kind = SourceKind(rawValue: "github") ?? .website

    private let transport: ProviderTransport
    private let credentials: CredentialStore
    private let memory = GitHubAPI.Memory()
    private let history = GitHubHistory.Memory([:])

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be asked.
    ///   - gates: counts the decisions.
    ///   - credentials: the tokens that options name.
    ///   - timing: the clock of pauses.
    ///   - dependencies: the circuits to the providers.
    ///   - onAnswer: hears of each answer of the API.
    package init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, credentials: CredentialStore, timing: CrawlTiming = .system,
        dependencies: Dependencies = Dependencies(), onAnswer: @escaping ProviderObserver = { _, _ in }
    ) {
        transport = ProviderTransport(
            fetcher: fetcher, policy: policy, gates: gates, timing: timing, dependencies: dependencies, onAnswer: onAnswer)
        self.credentials = credentials
    }

    package var kind: SourceKind { Self.kind }
    package var options: [String: String] { GitHubLocation.options }

    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let location = try self.location(location, options)
        _ = try transport.gates.checked(location.api, policy: transport.policy, field: "options.api_url")
        return SourceAddress(rootURL: location.rootURL, library: location.name, subject: location.subject)
    }

    /// The hash of the branch's newest commit.
    package func cursor(_ settings: IngestionSettings) async throws -> String? { try await cursor(settings, after: nil) }

    /// The hash of the branch's newest commit, or `previous` as long as the commits since then touched nothing that is read.
    package func cursor(_ settings: IngestionSettings, after previous: String?) async throws -> String? {
        let location = try location(settings.rootURL, settings.options)
        let api = GitHubAPI(
            location, access: try access(location), limits: CrawlLimits(), transport: transport, memory: memory)
        let head = try await api.head().commit
        guard let previous, previous != head, GitHubAPI.isHash(previous) else { return head }
        let key = "\(location.rootURL) \(location.endings.keys.sorted()) \(previous)"
        let seen = history.withLock { $0[key] } ?? previous
        if seen == head { return previous }
        guard try await !GitHubHistory(api: api).isRelevant(since: seen, until: head, location.reads) else { return head }
        history.withLock { history in
            if history.count >= Self.rememberedHistories { history.removeAll() }
            history[key] = head
        }
        return previous
    }

    private static let rememberedHistories = 1000

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        let location = try location(settings.rootURL, settings.options)
        return GitHubSource(
            location: location, access: try access(location), transport: transport, memory: memory, extractLinks: extractLinks)
    }

    private func location(_ text: String, _ options: [String: String]) throws(Fault) -> GitHubLocation {
        try GitHubLocation(transport.gates.checked(text, policy: transport.policy), options: options)
    }

    private func access(_ location: GitHubLocation) throws(Fault) -> ProviderAccess {
        try transport.access(location.api, credential: location.credential, home: GitHubLocation.publicAPI, in: credentials)
    }
}
