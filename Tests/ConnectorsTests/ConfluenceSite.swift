import Connectors
import Domain
import Fetch
import Policy
import Primitives
import TestSupport

/// A site of Confluence on loopback, and a walk of it.
struct ConfluenceSite {
    /// Both products, with the address of the space `DOC`.
    static let editions: [ConfluenceStandIn.Edition] = [.cloud, .dataCenter]

    /// Runs `body` against a site whose token is mounted.
    static func with<Result>(
        _ edition: ConfluenceStandIn.Edition, spaces: [String] = ["DOC"], token: String = "ATATT3xFfGF0", space: String? = "DOC",
        timing: CrawlTiming = .immediate, fill: (ConfluenceStandIn) -> Void = sample,
        after: @escaping @Sendable (HTTPServerRequest, ConfluenceStandIn) -> Void = { _, _ in },
        _ body: (ConfluenceStandIn, ProviderWalk, LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        let site = ConfluenceStandIn(edition, spaces: spaces)
        fill(site)
        return try await LoopbackHTTPServer.withServer { request in
            let response = site.respond(to: request)
            after(request, site)
            return response
        } body: { server in
            try await ProviderWalk.withCredential("wiki", token, origin: server.url) { credentials in
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let connector = ConfluenceConnector(
                    fetcher: fetcher, policy: ProviderWalk.policy, gates: GateRegistry(), credentials: credentials, timing: timing)
                let base = edition == .cloud ? "https://example.atlassian.net/wiki" : "https://confluence.example.org/confluence"
                var options = ["api_url": server.url + site.context, "credential": "wiki"]
                if edition == .cloud { options["email"] = "ada@example.org" }
                let walk = ProviderWalk(connector: connector, location: base + (space.map { "/spaces/\($0)" } ?? ""), options: options)
                return try await body(site, walk, server)
            }
        }
    }

    /// Three pages, the first of which links to the second.
    static func sample(_ site: ConfluenceStandIn) {
        site.save(
            101, title: "Home",
            #"<p>Welcome, see <ac:link><ri:page ri:content-title="Guide" /><ac:plain-text-link-body><![CDATA[the guide]]></ac:plain-text-link-body></ac:link>.</p>"#
        )
        site.save(102, title: "Guide", "<h1>Install</h1><p>Run it.</p>")
        site.save(103, title: "Details")
    }

    /// Path of a page that people see.
    static func path(_ edition: ConfluenceStandIn.Edition, _ number: Int, space: String = "DOC") -> String {
        let short = [101: "ZQ", 102: "Zg", 103: "Zw", 104: "a", 105: "aQ", 106: "ag", 107: "aw"]
        return edition == .cloud ? "/wiki/spaces/\(space)/pages/\(number)" : "/confluence/x/\(short[number] ?? "?")"
    }
}
