import Digests
package import Domain
package import Fetch
package import Policy
package import Resilience

/// Spaces of Confluence, in Cloud and in Data Center, as sources.
package struct ConfluenceConnector: SourceConnector {
    static let kind = SourceKind(rawValue: "confluence") ?? .website

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
    package var options: [String: String] { ConfluenceLocation.options }

    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let location = try self.location(location, options)
        _ = try transport.gates.checked(location.api, policy: transport.policy, field: "options.api_url")
        return SourceAddress(rootURL: location.rootURL, library: location.library, subject: location.space?.lowercased())
    }

    /// A digest of the listing: numbers, titles and versions of all pages, so that also what was removed makes another one.
    package func cursor(_ settings: IngestionSettings) async throws -> String? {
        let location = try location(settings.rootURL, settings.options)
        let api = ConfluenceAPI(location, access: try access(location), limits: CrawlLimits(), transport: transport)
        var digest = SHA256()
        for entry in try await api.pages() { digest.update("\(entry.id) \(entry.space ?? "") \(entry.validator) \(entry.title)\n") }
        return digest.finalize().hexadecimal
    }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        let location = try location(settings.rootURL, settings.options)
        return ConfluenceSource(location: location, access: try access(location), transport: transport, extractLinks: extractLinks)
    }

    private func location(_ text: String, _ options: [String: String]) throws(Fault) -> ConfluenceLocation {
        try ConfluenceLocation(transport.gates.checked(text, policy: transport.policy), options: options)
    }

    private func access(_ location: ConfluenceLocation) throws(Fault) -> ProviderAccess {
        try transport.access(
            location.api, credential: location.credential, home: ConfluenceLocation.publicAPI, in: credentials, account: location.email)
    }
}
