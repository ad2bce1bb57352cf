import APIClient
import APIModel
import Digests
import Fetch
import FoundationEssentials
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
                    try await Self.finds("drop an anchor", in: stack)
                    try await Self.rests(source.id, in: stack)

                    github.commit("docs/moorings.md", text: "# Moorings\n\nHow to pick up a mooring buoy.")
                    let refused = try await Self.push(stack, delivery: "one", key: "another-secret")
                    let accepted = try await Self.push(stack, delivery: "two", key: Self.secret)
                    #expect([refused, accepted] == [401, 202])
                    try await Self.finds("mooring buoy", in: stack)
                    #expect(try await Self.push(stack, delivery: "two", key: Self.secret) == 409)

                    try await Self.rests(source.id, in: stack)
                    github.commit("docs/anchors.md", text: nil)
                    #expect(try await Self.push(stack, delivery: "three", key: Self.secret) == 202)
                    try await eventually {
                        try await stack.api.search("drop an anchor", library: "harbor").items.allSatisfy { !$0.url.hasSuffix("anchors.md") }
                    }
                    // A look is settled after its job is queued.
                    try await eventually { try await stack.api.source(source.id).queued == 3 }
                    let now = try await stack.api.source(source.id)
                    #expect(now.received == 2 && now.error == nil, "\(now)")
                }
            }
        }

        private static func finds(_ words: String, in stack: Stack) async throws {
            try await eventually {
                try await !stack.api.search(words, library: "harbor").items.isEmpty
            }
        }

        private static func rests(_ source: String, in stack: Stack) async throws {
            try await eventually { try await stack.api.source(source).state == "IDLE" }
        }

        /// Sends what GitHub sends after a push to the default branch; returns the status of the reply.
        private static func push(_ stack: Stack, delivery: String, key: String) async throws -> Int {
            let body = Array(
                #"{"ref":"refs/heads/main","after":"0","repository":{"full_name":"octocat/hello-world","default_branch":"main"}}"#.utf8)
            let signature = Authenticity.code(for: body, key: Array(key.utf8)).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            let headers: FetchHeaders = [
                "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": delivery,
                "X-Hub-Signature-256": "sha256=\(signature)",
            ]
            return try await stack.fetcher.send(FetchRequest("POST", stack.url + "/webhooks/github", headers: headers, body: body)).status
        }
    }
}
