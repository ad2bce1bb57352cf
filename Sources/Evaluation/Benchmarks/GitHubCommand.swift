import ArgumentParser
import Connectors
import Domain
import Fetch
import Policy
import TestSupport

/// Reading a repository again in which nothing has changed, from a server that counts.
struct GitHubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "github", abstract: "Counts the requests of reading an unchanged repository again.")

    @Option(help: "Files in the repository.") var files = 10_000

    func run() async throws {
        let hub = GitHubStandIn(
            files: Dictionary(uniqueKeysWithValues: (0..<files).map { ("docs/\($0 / 100)/page-\($0).md", "# Page \($0)") }))
        try await LoopbackHTTPServer.withServer {
            hub.respond(to: $0)
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            var policy = URLPolicy()
            policy.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap(\.self)
            let connector = GitHubConnector(
                fetcher: fetcher, policy: policy, gates: GateRegistry(), credentials: CredentialStore(directory: nil))
            let address = "https://github.com/octocat/hello-world"
            let settings = try IngestionSettings(
                rootURL: address, maxPages: min(files, IngestionSettings.maxPagesRange.upperBound), kind: connector.kind,
                options: ["api_url": server.url])
            // What the first job stored.
            let prefix = "/octocat/hello-world/blob/\(hub.branch)/"
            let hashes = hub.hashes
            let source = try connector.makeSource(settings) { _ in PageLinks() }
            let plan = try CrawlPlan(root: SiteURL(address), maximumPages: settings.maxPages)
            let start = ContinuousClock.now
            let summary = try await source.crawl(
                plan,
                known: { url in
                    url.path.hasPrefix(prefix) ? hashes[String(url.path.dropFirst(prefix.count))].map { KnownPage(etag: $0) } : nil
                }, visited: []
            ) { _, _ in }
            let elapsed = start.duration(to: .now)
            let requests = server.requests
            let contents = requests.count { $0.path.contains("/git/blobs/") || $0.path.contains("/contents/") }
            guard summary.isComplete, summary.counts == [.notModified: files] else { throw Failure("The walk found \(summary.counts).") }
            try BenchmarkResult(
                "contents of an unchanged repository", value: Double(contents), unit: "fetches", target: 0,
                detail: "\(files) files read again with \(requests.count) requests in \(Int(elapsed.milliseconds)) ms"
            ).report()
        }
    }
}
