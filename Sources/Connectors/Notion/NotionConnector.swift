package import Domain
package import Fetch
import FoundationEssentials
package import Policy
package import Resilience

/// Workspaces of Notion as sources.
package struct NotionConnector: SourceConnector {
    static let kind = SourceKind(rawValue: "notion") ?? .website

    private let transport: ProviderTransport
    private let credentials: CredentialStore

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
    package var options: [String: String] { NotionLocation.options }

    /// The library is the credential's name: an integration has one workspace.
    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let location = try self.location(location, options)
        _ = try transport.gates.checked(location.api, policy: transport.policy, field: "options.api_url")
        return SourceAddress(rootURL: location.rootURL, library: location.credential)
    }

    /// Time and identifier of the newest edit in the workspace.
    package func cursor(_ settings: IngestionSettings) async throws -> String? {
        let location = try location(settings.rootURL, settings.options)
        let api = NotionAPI(access: try access(location), limits: CrawlLimits(), transport: transport)
        return try await NotionListing.cursor(api, now: Date())
    }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        let location = try location(settings.rootURL, settings.options)
        return NotionSource(location: location, access: try access(location), transport: transport, extractLinks: extractLinks)
    }

    private func location(_ text: String, _ options: [String: String]) throws(Fault) -> NotionLocation {
        try NotionLocation(transport.gates.checked(text, policy: transport.policy), options: options)
    }

    private func access(_ location: NotionLocation) throws(Fault) -> ProviderAccess {
        try transport.access(location.api, credential: location.credential, home: NotionLocation.publicAPI, in: credentials)
    }
}
