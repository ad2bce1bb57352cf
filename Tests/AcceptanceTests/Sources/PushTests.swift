import APIClient
import APIModel
import TestSupport
import Testing

extension Acceptance {
    @Suite struct Sources {
        private static let secret = "a-secret-for-webhooks"

        @Test func `a signed push is found within seconds, a wrong signature and a replay change nothing`() async throws {
            let github = GitHubStandIn(files: ["docs/anchors.md": "# Anchors\n\nHow to drop an anchor."])
            try await LoopbackHTTPServer.withServer {
                github.respond(to: $0)
            } body: { server in
                try await Stack.with(["PORTOLAN_GITHUB_WEBHOOK_SECRET": Self.secret]) { stack in
                    let source = try await stack.api.createSource(
                        CreateSourceRequest(
                            webURL: "https://github.com/octocat/hello-world", kind: "github", options: ["api_url": server.url],
                            library: "harbor"))
                    try await stack.finds("drop an anchor", on: "docs/anchors.md", library: "harbor")
                    try await stack.reaches("IDLE", source: source.id)

                    github.commit("docs/moorings.md", text: "# Moorings\n\nHow to pick up a mooring buoy.")
                    let refused = try await Self.push(stack, delivery: "one", key: "another-secret")
                    let accepted = try await Self.push(stack, delivery: "two", key: Self.secret)
                    #expect([refused, accepted] == [401, 202])
                    try await stack.finds("mooring buoy", on: "docs/moorings.md", library: "harbor")
                    #expect(try await Self.push(stack, delivery: "two", key: Self.secret) == 409)

                    try await stack.reaches("IDLE", source: source.id)
                    github.commit("docs/anchors.md", text: nil)
                    #expect(try await Self.push(stack, delivery: "three", key: Self.secret) == 202)
                    try await eventually(within: .seconds(120)) {
                        try await stack.api.search("drop an anchor", library: "harbor").items.allSatisfy { !$0.url.contains("anchors.md") }
                    }
                    // A look is settled after its job is queued.
                    try await eventually { try await stack.api.source(source.id).queued == 3 }
                    let now = try await stack.api.source(source.id)
                    #expect(now.received == 2 && now.error == nil, "\(now)")
                }
            }
        }

        /// Sends what GitHub sends after a push to the default branch; returns the status of the reply.
        private static func push(_ stack: Stack, delivery: String, key: String) async throws -> Int {
            let body = #"{"ref":"refs/heads/main","after":"0","repository":{"full_name":"octocat/hello-world","default_branch":"main"}}"#
            return try await stack.deliver(
                "github", ["X-GitHub-Event": "push", "X-GitHub-Delivery": delivery], body: Array(body.utf8),
                signature: "X-Hub-Signature-256", key: key)
        }
    }
}
