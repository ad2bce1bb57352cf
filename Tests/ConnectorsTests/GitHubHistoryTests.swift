import Connectors
import Domain
import Fetch
import Policy
import TestSupport
import Testing

@Suite struct `Commits of a repository on GitHub` {
    private func with(
        options: [String: String] = ["branch": "main", "docs_path": "docs"],
        _ body: (GitHubStandIn, ProviderWalk, LoopbackHTTPServer) async throws -> Void
    ) async throws {
        let hub = GitHubStandIn(files: ["docs/a.md": "# A", "src/main.swift": "print()"])
        try await LoopbackHTTPServer.withServer {
            hub.respond(to: $0)
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let connector = GitHubConnector(
                fetcher: fetcher, policy: ProviderWalk.policy, gates: GateRegistry(), credentials: CredentialStore(directory: nil),
                timing: .immediate)
            try await body(
                hub,
                ProviderWalk(
                    connector: connector, location: "https://github.com/octocat/hello-world",
                    options: options.merging(["api_url": server.url]) { $1 }), server)
        }
    }

    @Test func `commits that touch nothing that is read leave the cursor where it is`() async throws {
        try await with { hub, walk, server in
            let first = try await walk.cursor()
            for number in 0..<7 { hub.commit("src/file\(number).swift", text: "\(number)") }
            hub.rename("src/file0.swift", to: "src/moved.md")
            hub.commit("src/file1.swift", text: nil)
            hub.behave { $0.pageSize = 3 }
            let same = try await walk.cursor(after: first)
            #expect(same == first)
            #expect(server.requests.count { $0.path.hasSuffix("/commits") } == 3)
            #expect(server.requests.count { $0.path.contains("/commits/") } == 9)
            // What was looked at once is not asked for again, only what came since.
            let requests = server.requests.count
            let again = try await walk.cursor(after: first)
            #expect(again == first)
            #expect(server.requests.count == requests + 1)
            hub.commit("LICENSE", text: "free")
            let later = try await walk.cursor(after: first)
            #expect(later == first)
            #expect(server.requests.count == requests + 4)
        }
    }

    @Test(arguments: ["added", "modified", "removed", "renamed away", "renamed into"])
    func `a commit that touches what is read moves the cursor to the newest one`(what: String) async throws {
        try await with { hub, walk, _ in
            let first = try await walk.cursor()
            hub.commit("src/other.swift", text: "1")
            switch what {
            case "added": hub.commit("docs/new.markdown", text: "# New")
            case "modified": hub.commit("docs/a.md", text: "# B")
            case "removed": hub.commit("docs/a.md", text: nil)
            case "renamed away": hub.rename("docs/a.md", to: "old/a.md")
            default: hub.rename("src/main.swift", to: "docs/main.html")
            }
            hub.commit("src/other.swift", text: "2")
            let moved = try await walk.cursor(after: first)
            #expect(moved == hub.head)
            #expect(moved != first)
        }
    }

    @Test func `the files of a commit come in pages`() async throws {
        try await with { hub, walk, server in
            let first = try await walk.cursor()
            hub.commit(Dictionary(uniqueKeysWithValues: (0..<10).map { ("a/\($0).swift", "\($0)") } + [("docs/z.md", "# Z")]))
            hub.behave { $0.pageSize = 4 }
            let moved = try await walk.cursor(after: first)
            #expect(moved == hub.head)
            #expect(server.requests.count { $0.path.contains("/commits/") } == 3)
        }
    }

    @Test func `a history that was rewritten, is too long or unknown counts as a change`() async throws {
        try await with { hub, walk, _ in
            let first = try await walk.cursor()
            hub.commit("src/other.swift", text: "1")
            hub.behave { $0.isRewritten = true }
            let rewritten = try await walk.cursor(after: first)
            #expect(rewritten == hub.head)
            hub.behave { $0.isRewritten = false }
            for number in 0..<60 { hub.commit("src/other.swift", text: "\(number)") }
            let long = try await walk.cursor(after: first)
            #expect(long == hub.head)
            for previous in [String(repeating: "0", count: 40), "no hash", ""] {
                let unknown = try await walk.cursor(after: previous)
                #expect(unknown == hub.head)
            }
        }
    }
}
