package import Domain
package import Fetch
package import Policy

/// Lists of addresses on the web as sources: each address is a page, links are not followed.
package struct ListConnector: SourceConnector {
    private let fetcher: HTTPFetcher
    private let policy: URLPolicy
    private let gates: GateRegistry
    private let timing: CrawlTiming

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: counts the decisions.
    ///   - timing: the clock of pauses.
    package init(fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, timing: CrawlTiming = .system) {
        (self.fetcher, self.policy, self.gates, self.timing) = (fetcher, policy, gates, timing)
    }

    package var kind: SourceKind { .list }
    package var options: [String: String] {
        ["hosts": "Other hosts whose pages the list may name, separated by commas; * for all. Default none."]
    }

    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let url = try gates.checked(location, policy: policy)
        _ = try ListHosts(options["hosts"])
        return SourceAddress(rootURL: url.description, library: url.host.text)
    }

    /// A list that is the same says nothing about its pages.
    package func cursor(_ settings: IngestionSettings) async throws -> String? { nil }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        ListSource(
            fetcher: fetcher, policy: policy, gates: gates, extractLinks: extractLinks, timing: timing,
            hosts: try ListHosts(settings.options["hosts"]))
    }
}

extension SourceKind {
    /// A list of addresses.
    package static let list = SourceKind(rawValue: "list") ?? .website
}
