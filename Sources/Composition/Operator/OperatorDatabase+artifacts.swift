package import Catalog
import Connectors
import Fetch
import Policy
import Storage

extension OperatorDatabase {
    /// Runs `body` with a planner of artifacts.
    ///
    /// - Parameter allowedHosts: the only hosts that may be asked, also as `*.example.org`; empty for all that the gates let pass.
    package func withPlanner<Result>(allowedHosts: [String], _ body: (ArtifactPlanner) async throws -> Result) async throws -> Result {
        let settings = try Settings(SettingsSource(environment: environment), gates: gates)
        var fetching = HTTPFetcher.Configuration()
        fetching.userAgent = "Portolan/\(Product.version)"
        let fetcher = try HTTPFetcher(fetching)
        defer { fetcher.close() }
        var policy = URLPolicy()
        policy.allowedNetworks = settings.allowedNetworks
        policy.allowedHosts = allowedHosts.map { $0.lowercased() }
        let supply = WebArtifacts(fetcher: fetcher, policy: policy, gates: gates, work: WorkFolder(settings.workDirectory))
        return try await body(ArtifactPlanner(supply: supply, catalog: PostgresCatalogStore(client, gates: gates)))
    }
}
