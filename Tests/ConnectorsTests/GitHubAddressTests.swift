import Connectors
import Domain
import Fetch
import Policy
import TestSupport
import Testing

@Suite struct `Addresses of repositories` {
    private func address(_ text: String, _ options: [String: String] = [:]) throws -> SourceAddress {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let connector = GitHubConnector(
            fetcher: fetcher, policy: URLPolicy(), gates: GateRegistry(), credentials: CredentialStore(directory: nil))
        let registry = SourceRegistry([connector])
        let address = try registry.address(text, kind: connector.kind, options: options)
        // What is stored is read again with the same options.
        #expect(try registry.address(address.rootURL, kind: connector.kind, options: options) == address)
        return address
    }

    @Test(arguments: [
        ("https://github.com/Octocat/Hello-World", [:], "https://github.com/octocat/hello-world"),
        ("https://github.com/octocat/hello-world.git", [:], "https://github.com/octocat/hello-world"),
        ("https://github.com/octocat/hello-world/", ["branch": "next"], "https://github.com/octocat/hello-world/tree/next"),
        ("https://github.com/octocat/hello-world/tree/next", [:], "https://github.com/octocat/hello-world/tree/next"),
        ("https://github.com/octocat/hello-world", ["docs_path": "docs"], "https://github.com/octocat/hello-world/tree/HEAD/docs"),
        ("https://github.com/octocat/hello-world/tree/HEAD/docs/", [:], "https://github.com/octocat/hello-world/tree/HEAD/docs"),
        ("https://github.com/o/r/tree/a/b/docs", ["branch": "a/b"], "https://github.com/o/r/tree/a/b/docs"),
        ("https://github.com/o/r", ["branch": "a/b", "docs_path": "my docs"], "https://github.com/o/r/tree/a/b/my%20docs"),
    ])
    func `two spellings of one source are one address`(text: String, options: [String: String], root: String) throws {
        #expect(try address(text, options).rootURL == root)
    }

    @Test func `webhooks name a repository in lower case`() throws {
        let found = try address("https://github.com/Octocat/Hello-World/tree/Main/Docs")
        #expect(found.subject == "octocat/hello-world")
        #expect(found.library == "hello-world")
        #expect(found.rootURL.hasSuffix("/tree/Main/Docs"))
    }

    @Test(arguments: [
        ("https://github.com/octocat", [:], "web_url"), ("https://github.com/o/r/blob/main/a.md", [:], "web_url"),
        ("https://github.com/o/r/issues", [:], "web_url"), ("https://github.com/o/r%2F..", [:], "web_url"),
        ("https://github.com/o/r", ["branch": "a..b"], "options.branch"), ("https://github.com/o/r", ["branch": ""], "options.branch"),
        ("https://github.com/o/r/tree/main", ["branch": "next"], "options.branch"),
        ("https://github.com/o/r/tree/main/docs", ["docs_path": "other"], "options.docs_path"),
        ("https://github.com/o/r", ["docs_path": "../x"], "options.docs_path"),
        ("https://github.com/o/r", ["extensions": ".exe"], "options.extensions"),
        ("https://github.com/o/r", ["extensions": ","], "options.extensions"),
        ("https://github.com/o/r", ["credential": "../x"], "options.credential"),
        ("https://github.com/o/r", ["api_url": "http://169.254.169.254/"], "options.api_url"),
        ("https://github.com/o/r", ["api_url": "no address"], "options.api_url"), ("https://10.0.0.1/o/r", [:], "web_url"),
        ("https://github.com/o/r", ["token": "secret"], "options.token"),
    ])
    func `what is wrong is named`(text: String, options: [String: String], field: String) throws {
        #expect(throws: Fault.self) { try address(text, options) }
        do { _ = try address(text, options) } catch let fault as Fault { #expect(fault.field == field) }
    }
}
