package import Domain
package import Fetch
package import Policy

/// Websites as sources.
package struct WebsiteConnector: SourceConnector {
    private let fetcher: HTTPFetcher
    private let policy: URLPolicy
    private let gates: GateRegistry

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: counts the decisions.
    package init(fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry) {
        (self.fetcher, self.policy, self.gates) = (fetcher, policy, gates)
    }

    package var kind: SourceKind { .website }
    package var options: [String: String] { [:] }

    package func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress {
        let url = try gates.checked(location, policy: policy)
        return SourceAddress(rootURL: url.description, library: url.host.text)
    }

    /// A site has no state of its own that one request could tell.
    package func cursor(_ settings: IngestionSettings) async throws -> String? { nil }

    package func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource {
        WebsiteSource(fetcher: fetcher, policy: policy, gates: gates, extractLinks: extractLinks)
    }
}

extension GateRegistry {
    /// The address that a caller wrote in `field`, after the URL gate.
    ///
    /// - Throws: ``Domain/Fault``: `security` for an address that may not be fetched, `validation` for what is no web address at all, which
    ///   is a mistake in the field and no attempt to get somewhere.
    func checked(_ text: String, policy: URLPolicy, field: String = "web_url") throws(Fault) -> SiteURL {
        do throws(Fault) {
            return try evaluate(URLGate(policy, field: field), text).get()
        } catch {
            guard (try? SiteURL(text)) == nil else { throw error }
            throw Fault(.validation, code: error.code, error.message, field: error.field, limit: error.limit, hint: error.hint)
        }
    }
}
