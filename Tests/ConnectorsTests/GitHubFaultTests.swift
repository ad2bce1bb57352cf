import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `GitHub in trouble` {
    private func with<Result>(
        _ hub: GitHubStandIn = GitHubStandIn(files: ["a.md": "# A", "b.md": "# B"]), credential: String? = nil,
        credentials: CredentialStore = CredentialStore(directory: nil), networks: [String] = ["127.0.0.0/8"],
        pauses: Locked<[Duration]> = Locked([]), _ body: (GitHubStandIn, ProviderWalk, LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        try await LoopbackHTTPServer.withServer {
            hub.respond(to: $0)
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            var policy = URLPolicy()
            policy.allowedNetworks = networks.compactMap { IPNetwork($0) }
            let connector = GitHubConnector(
                fetcher: fetcher, policy: policy, gates: GateRegistry(), credentials: credentials, timing: .still(pauses))
            var options = ["api_url": server.url]
            options["credential"] = credential
            return try await body(
                hub, ProviderWalk(connector: connector, location: "https://github.com/octocat/hello-world", options: options), server)
        }
    }

    @Test func `an allowance that is used up ends the walk with the time to wait, and nothing is asked again`() async throws {
        try await with { hub, walk, server in
            hub.behave { $0.allowance = 3 }
            var reported: [PageOutcome] = []
            let fault = await #expect(throws: Fault.self) {
                _ = try await walk.run { reported.append($0) }
            }
            #expect(fault?.category == .rateLimited)
            #expect(fault?.isTransient == true)
            // Half an hour less what the walk took on this machine.
            #expect(fault?.hint?.contains("Wait 1") == true)
            #expect(server.requests.count <= 4)
            // The allowance is back: the same job goes on.
            hub.behave { $0.allowance = nil }
            let resumed = try await walk.run(visited: reported)
            #expect(resumed.summary?.isComplete == true)
        }
    }

    @Test(arguments: [
        ("9223372036854775807", PageOutcome.Kind.failed, "E_FILE_SIZE"), ("9223372036854775808", .failed, "E_FILE_SIZE"),
        ("18446744073709551616", .failed, "E_FILE_SIZE"), ("1e30", .failed, "E_FILE_SIZE"), ("6148914691236517205", .failed, "E_FILE_SIZE"),
        ("-9223372036854775808", .skipped, "E_EMPTY"), ("-1e30", .skipped, "E_EMPTY"),
    ])
    func `a size that no integer can hold is the outcome of its file, and the others are read`(
        size: String, kind: PageOutcome.Kind, code: String
    ) async throws {
        try await with(GitHubStandIn(files: ["a.md": "# A"])) { hub, walk, _ in
            let hash = try #require(hub.hashes["a.md"])
            let entries = [
                #"{"path":"a.md","mode":"100644","type":"blob","sha":"\#(hash)","size":3}"#,
                #"{"path":"huge.md","mode":"100644","type":"blob","sha":"\#(String(repeating: "1", count: 40))","size":\#(size)}"#,
            ]
            let tree = #"{"sha":"\#(hash)","tree":[\#(entries.joined(separator: ","))],"truncated":false}"#
            hub.behave { $0.instead = [("/git/trees/", .json(tree))] }
            let report = try await walk.run()
            let odd = try #require(report.outcomes.first { $0.url.path.hasSuffix("/huge.md") })
            #expect(odd.kind == kind && odd.detail?.hasPrefix(code) == true, "\(odd)")
            #expect(report.pages.map(\.url.path).filter { $0.hasSuffix("/a.md") }.count == 1)
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test(arguments: [#""3""#, "true", "{}"])
    func `a size that is no number is a fault that may pass, and deletes nothing`(size: String) async throws {
        try await with { hub, walk, _ in
            let entry = #"{"path":"a.md","mode":"100644","type":"blob","sha":"\#(String(repeating: "1", count: 40))","size":\#(size)}"#
            hub.behave { $0.instead = [("/git/trees/", .json(#"{"tree":[\#(entry)],"truncated":false}"#))] }
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.isTransient == true, "\(String(describing: fault))")
        }
    }

    @Test func `a secondary limit that does not say how long is given a minute`() async throws {
        let pauses = Locked<[Duration]>([])
        try await with(pauses: pauses) { hub, walk, server in
            let message = #"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}"#
            hub.behave { $0.instead = [("/git/trees/", .json(message, status: 403))] }
            let report = try await walk.run()
            #expect(report.pages.count == 2)
            #expect(pauses.withLock { $0.first } == .seconds(60))
        }
    }

    @Test func `a short pause that the server asks for is waited for`() async throws {
        let pauses = Locked<[Duration]>([])
        try await with(pauses: pauses) { hub, walk, server in
            hub.behave {
                $0.instead = [
                    (
                        "/branches/",
                        .bytes(
                            Array(#"{"message":"You have exceeded a secondary rate limit."}"#.utf8), status: 403,
                            headers: [("retry-after", "7")])
                    ),
                    ("/git/trees/", .bytes(Array(#"{"message":"slow down"}"#.utf8), status: 429, headers: [("retry-after", "9")])),
                ]
            }
            let report = try await walk.run()
            #expect(report.pages.count == 2)
            let waited = pauses.withLock { $0 }
            #expect(waited.contains(.seconds(7)))
            #expect(waited.contains(.seconds(9)))
        }
    }

    @Test func `a token is sent where its operator lets it go, and a wrong one is named with GitHub's words`() async throws {
        let hub = GitHubStandIn(files: ["a.md": "# A"])
        hub.behave { $0.token = "right" }
        try await LoopbackHTTPServer.withServer {
            hub.respond(to: $0)
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            for (token, isRight) in [("right", true), ("wrong", false)] {
                try await ProviderWalk.withCredential("docs-token", token, origin: server.url) { credentials in
                    let connector = GitHubConnector(
                        fetcher: fetcher, policy: ProviderWalk.policy, gates: GateRegistry(), credentials: credentials, timing: .immediate)
                    let walk = ProviderWalk(
                        connector: connector, location: "https://github.com/octocat/hello-world",
                        options: ["api_url": server.url, "credential": "docs-token"])
                    if isRight {
                        let report = try await walk.run()
                        #expect(report.pages.count == 1)
                    } else {
                        let fault = await #expect(throws: Fault.self) { try await walk.run() }
                        #expect(fault?.category == .authorization)
                        #expect(fault?.field == "options.credential")
                        #expect(fault?.message == "GitHub refuses the credential with 401: Bad credentials.")
                        #expect(fault?.isTransient == false)
                        #expect(fault?.description.contains("wrong") == false)
                    }
                }
            }
        }
    }

    @Test func `a credential does not go to a server that its operator has not named`() async throws {
        for origin in [nil, "http://127.0.0.1:1", "https://github.example.org"] {
            try await ProviderWalk.withCredential("github", "secret", origin: origin) { credentials in
                try await with(credential: "github", credentials: credentials) { _, walk, server in
                    let fault = await #expect(throws: Fault.self) { try await walk.run() }
                    #expect(fault?.category == .configuration)
                    #expect(fault?.field == "options.credential")
                    #expect(server.requests.isEmpty)
                }
            }
        }
    }

    @Test func `a credential that is not mounted, too large or empty is a fault of the configuration`() async throws {
        try await with(credential: "none") { _, walk, _ in
            let fault = await #expect(throws: Fault.self) { try await walk.cursor() }
            #expect(fault?.category == .configuration)
            #expect(fault?.hint?.contains("PORTOLAN_CREDENTIALS_DIR") == true)
        }
        for token in [String(repeating: "x", count: 9000), "", "two words"] {
            try await ProviderWalk.withCredential("odd", token, origin: nil) { credentials in
                try await with(credential: "odd", credentials: credentials) { _, walk, _ in
                    #expect(await #expect(throws: Fault.self) { try await walk.cursor() }?.category == .configuration)
                }
            }
        }
    }

    @Test(arguments: ["../token", "a/b", "", "A", "a.b", String(repeating: "a", count: 65)])
    func `the name of a credential is no path`(name: String) async throws {
        try await with(credential: name) { _, walk, _ in
            let fault = await #expect(throws: Fault.self) { try await walk.cursor() }
            #expect(fault?.category == .validation)
            #expect(fault?.field == "options.credential")
        }
    }

    @Test func `a repository or a branch that is not there is named`() async throws {
        try await with { hub, walk, _ in
            let other = ProviderWalk(connector: walk.connector, location: "https://github.com/octocat/other", options: walk.options)
            #expect(await #expect(throws: Fault.self) { try await other.run() }?.field == "web_url")
            var options = walk.options
            options["branch"] = "gone"
            let branch = ProviderWalk(connector: walk.connector, location: walk.location, options: options)
            #expect(await #expect(throws: Fault.self) { try await branch.cursor() }?.field == "options.branch")
        }
    }

    @Test(arguments: [
        #"{"sha":"9fb037999f264ba9a7fc6274d15fa3ae2ab98312","tree":[{"path":"a.md","mo"#, "<html>Sign in</html>", "", "[]",
        String(repeating: "[", count: 5000), "{\"tree\":\"\u{0}\"}",
    ])
    func `half a page of JSON is a transient fault, and nothing is deleted`(text: String) async throws {
        try await with { hub, walk, _ in
            let answer = HTTPServerResponse.json(text)
            hub.behave { $0.instead = [("/git/trees/", answer)] }
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.isTransient == true)
            #expect(fault?.code == "E_NET_PROTOCOL")
        }
    }

    @Test func `JSON in another character set than UTF-8 is refused`() async throws {
        try await with { hub, walk, _ in
            let answer = HTTPServerResponse.bytes(
                Array(#"{"name":"m"#.utf8) + [0xE4] + Array(#"in","commit":{}}"#.utf8),
                headers: [("content-type", "application/json; charset=iso-8859-1")])
            hub.behave { $0.instead = [("/branches/", answer)] }
            #expect(await #expect(throws: Fault.self) { try await walk.run() }?.code == "E_NET_PROTOCOL")
        }
    }

    @Test func `an answer that breaks off is asked for again`() async throws {
        try await with { hub, walk, server in
            let half = HTTPServerResponse.streaming(length: 1000) {
                try await $0.write("{\"sha\":")
                await $0.abort()
            }
            hub.behave { $0.instead = [("/git/trees/", half), ("/git/trees/", .status(502)), ("/git/blobs/", half)] }
            let report = try await walk.run()
            #expect(report.pages.count == 2)
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test func `a file that cannot be read leaves the walk incomplete, a server that is away ends it`() async throws {
        try await with(GitHubStandIn(files: ["a.md": "# A"])) { hub, walk, _ in
            hub.behave { $0.instead = Array(repeating: ("/git/blobs/", .status(500)), count: 3) }
            let report = try await walk.run()
            #expect(report.summary?.isComplete == false)
            #expect(report.summary?.counts[.failed] == 1)
        }
        let files = Dictionary(uniqueKeysWithValues: (0..<40).map { ("p\($0).md", "# \($0)") })
        try await with(GitHubStandIn(files: files)) { hub, walk, server in
            hub.behave { $0.instead = Array(repeating: ("/git/blobs/", .status(503)), count: 1000) }
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.isTransient == true)
            #expect(server.requests.count < 100)
        }
    }

    @Test func `content that is shorter than the tree says is not taken`() async throws {
        try await with { hub, walk, _ in
            hub.behave { $0.instead = [("/git/blobs/", .text("#"))] }
            let report = try await walk.run()
            #expect(report.summary?.isComplete == false)
            #expect(report.pages.count == 1)
        }
    }

    @Test func `the API is behind the gate, in the address and at the connection`() async throws {
        try await with(networks: []) { _, walk, server in
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.category == .security)
            #expect(fault?.field == "options.api_url")
            var options = walk.options
            options["api_url"] = "http://localhost.localdomain:\(server.port)"
            let named = ProviderWalk(connector: walk.connector, location: walk.location, options: options)
            #expect(await #expect(throws: Fault.self) { try await named.run() } != nil)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `a redirect to another server is not followed`() async throws {
        try await with { hub, walk, server in
            hub.behave { $0.instead = [("/branches/", .redirect(to: "http://127.0.0.2:\(server.port)/x"))] }
            #expect(await #expect(throws: Fault.self) { try await walk.run() }?.code == "E_REDIRECT_DENY")
        }
    }
}
